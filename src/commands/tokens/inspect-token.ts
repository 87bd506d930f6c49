import { Injectable } from '@nestjs/common';
import { authorization } from '../../domain/authorization/authorization.decider.js';
import type { Principal } from '../../domain/grant/principal.js';
import type { Actor } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { JwtVerifier } from '../../domain/ports/jwt-verifier.js';
import type { AccessTokenClaims } from '../../domain/token/access-token.js';
import { token } from '../../domain/token/token.decider.js';
import { AccessFactsReader } from '../access-facts.js';
import { resourceIdOf } from '../derived-ids.js';
import { SigningKeys } from '../keys/signing-keys.js';
import { LiveState } from '../live-state.js';

export const principalOf = (claims: AccessTokenClaims): Principal =>
  claims.act ? { kind: 'user', id: claims.sub } : { kind: 'agent', id: claims.agent };

/** RFC 8693 section 4.1: the user is whose authority it is, the agent is who acts. */
export const actorOf = (claims: AccessTokenClaims): Actor => {
  const { kind, id } = principalOf(claims);
  return kind === 'user' ? { kind, id, act: { kind: 'agent', id: claims.agent } } : { kind, id };
};

/** Whether an access token of ours still counts, by the same decision that issued it, on the live state. */
@Injectable()
export class InspectToken {
  constructor(
    private readonly live: LiveState,
    private readonly facts: AccessFactsReader,
    private readonly keys: SigningKeys,
    private readonly verifier: JwtVerifier,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  /** The claims when signature, issuer and time hold, whatever has happened to the token since. */
  async verified(tenant: string, issuer: string, jwt: string): Promise<AccessTokenClaims | undefined> {
    const { keys } = await this.keys.all(tenant);
    const claims = await this.verifier.verifyOwn(jwt, keys, { typ: 'at+jwt', issuer, now: this.clock.seconds() });
    return claims && claims['tenant'] === tenant ? (claims as unknown as AccessTokenClaims) : undefined;
  }

  /** The claims with the scopes that hold now, or undefined when nothing of the token holds any more. */
  async active(tenant: string, issuer: string, jwt: string): Promise<AccessTokenClaims | undefined> {
    const claims = await this.verified(tenant, issuer, jwt);
    if (!claims) return undefined;
    const revoked = await this.live.entry(token, streams.token(claims.jti), tenant);
    if (revoked.state.revoked) return undefined;
    if (claims.authorization_id !== undefined) {
      const { state } = await this.live.entry(authorization, streams.authorization(claims.authorization_id), tenant);
      if (state.status !== 'live') return undefined;
    }
    const principal = principalOf(claims);
    const resourceId = resourceIdOf(this.crypto, tenant, claims.aud);
    const facts = await this.facts.gather({ tenant, agentId: claims.agent, principal, resourceId });
    const grantType = principal.kind === 'user' ? 'authorization_code' : 'client_credentials';
    const scopes = claims.scope.split(' ');
    const decision = decideAccess(this.facts.request(facts, { grantType, scopes, grantEpoch: claims.grant_epoch, agreedAt: claims.auth_time }));
    return decision.allowed ? { ...claims, scope: decision.scopes.join(' ') } : undefined;
  }
}
