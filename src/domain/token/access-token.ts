import type { Principal } from '../grant/principal.js';

/** What an access token says: RFC 9068 section 2.2, RFC 8693 section 4.1 for `act`, and four names of our own. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly client_id: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly scope: string;
  readonly act?: { readonly sub: string };
  readonly tenant: string;
  readonly agent: string;
  readonly grant_id: string;
  /** Which run of the grant: revoking it ends the run, consenting anew starts the next. */
  readonly grant_epoch: number;
  readonly authorization_id?: string;
  readonly auth_time?: number;
  readonly amr?: readonly string[];
}

export interface AccessTokenFacts {
  readonly issuer: string;
  readonly audience: string;
  readonly principal: Principal;
  readonly clientId: string;
  readonly now: number;
  readonly lifetime: number;
  readonly jti: string;
  readonly scopes: readonly string[];
  readonly tenant: string;
  readonly agentId: string;
  readonly grantId: string;
  readonly grantEpoch: number;
  readonly authorizationId?: string | undefined;
  readonly authTime?: number | undefined;
  readonly methods?: readonly string[] | undefined;
}

/** A user's token names the agent as the acting party; an agent's own token has the client as its subject (RFC 9068 section 2.2). */
export const accessTokenClaims = (facts: AccessTokenFacts): AccessTokenClaims => ({
  iss: facts.issuer,
  aud: facts.audience,
  sub: facts.principal.kind === 'user' ? facts.principal.id : facts.clientId,
  client_id: facts.clientId,
  iat: facts.now,
  exp: facts.now + facts.lifetime,
  jti: facts.jti,
  scope: facts.scopes.join(' '),
  ...(facts.principal.kind === 'user' ? { act: { sub: facts.agentId } } : {}),
  tenant: facts.tenant,
  agent: facts.agentId,
  grant_id: facts.grantId,
  grant_epoch: facts.grantEpoch,
  ...(facts.authorizationId === undefined ? {} : { authorization_id: facts.authorizationId }),
  ...(facts.authTime === undefined ? {} : { auth_time: facts.authTime }),
  ...(facts.methods === undefined ? {} : { amr: facts.methods }),
});
