import { type AuthorizationDetail, detailsOf } from '../approval/authorization-details.js';
import type { Principal } from '../grant/principal.js';
import { ID_PREFIX } from '../kernel/ids.js';
import { type Acr, acrOf } from '../user/authentication.js';
import { type ActClaim, type Actors, actClaim } from './delegation.js';

/** What an access token says: RFC 9068 section 2.2, RFC 8693 section 4.1 for `act`, and names of our own. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly client_id: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly scope: string;
  readonly act?: ActClaim | undefined;
  /** RFC 8693 section 4.4: who may exchange the token, beside the agent it was issued to. */
  readonly may_act?: { readonly sub: string } | undefined;
  readonly tenant: string;
  readonly agent: string;
  readonly grant_id: string;
  /** Which run of the grant: revoking it ends the run, consenting anew starts the next. */
  readonly grant_epoch: number;
  readonly authorization_id?: string | undefined;
  readonly auth_time?: number | undefined;
  readonly amr?: readonly string[] | undefined;
  /** What the methods come to; never more than they did at the sign-in. */
  readonly acr?: Acr | undefined;
  /** RFC 9396 section 9.1: what a person confirmed, and nothing that only the agent said. */
  readonly authorization_details?: readonly AuthorizationDetail[] | undefined;
  /** The trust rule that it rests on: when that is gone, so is the token. */
  readonly trust_rule?: string | undefined;
  /** The one by which the client proved itself, where another is its grant: the token rests on both. */
  readonly client_trust_rule?: string | undefined;
  /** How it was issued, where that can't be told from whose authority it is. */
  readonly gty?: string | undefined;
}

export interface AccessTokenFacts {
  readonly issuer: string;
  readonly audience: string;
  /** A user's id, or the client_id of the agent on whose own authority it happens. */
  readonly subject: string;
  readonly actors: Actors;
  readonly mayAct?: string | undefined;
  readonly clientId: string;
  readonly now: number;
  readonly expiresAt: number;
  readonly jti: string;
  readonly scopes: readonly string[];
  readonly tenant: string;
  readonly agentId: string;
  readonly grantId: string;
  readonly grantEpoch: number;
  readonly authorizationId?: string | undefined;
  readonly authTime?: number | undefined;
  readonly methods?: readonly string[] | undefined;
  /** In one spelling. */
  readonly authorizationDetails?: string | undefined;
  readonly trustRuleId?: string | undefined;
  readonly clientTrustRuleId?: string | undefined;
  readonly grantType?: string | undefined;
}

/** Whether a subject is a person: ids say what they name, and client_ids never look like a person's. */
export const isUser = (subject: string): boolean => subject.startsWith(ID_PREFIX.user);

/** Who the subject of a first token is and who acts: a user's names the agent as the acting party, an agent's own is its own subject (RFC 9068 section 2.2). */
export const firstParties = (principal: Principal, { agentId, clientId }: { agentId: string; clientId: string }): { subject: string; actors: Actors } =>
  principal.kind === 'user' ? { subject: principal.id, actors: [agentId] } : { subject: clientId, actors: [] };

/** What is undefined is not said: JSON leaves it out. */
export const accessTokenClaims = (facts: AccessTokenFacts): AccessTokenClaims => ({
  iss: facts.issuer,
  aud: facts.audience,
  sub: facts.subject,
  client_id: facts.clientId,
  iat: facts.now,
  exp: facts.expiresAt,
  jti: facts.jti,
  scope: facts.scopes.join(' '),
  act: actClaim(facts.actors),
  may_act: facts.mayAct === undefined ? undefined : { sub: facts.mayAct },
  tenant: facts.tenant,
  agent: facts.agentId,
  grant_id: facts.grantId,
  grant_epoch: facts.grantEpoch,
  authorization_id: facts.authorizationId,
  auth_time: facts.authTime,
  amr: facts.methods,
  acr: facts.methods && acrOf(facts.methods),
  authorization_details: facts.authorizationDetails ? detailsOf(facts.authorizationDetails) : undefined,
  trust_rule: facts.trustRuleId,
  client_trust_rule: facts.clientTrustRuleId,
  gty: facts.grantType,
});
