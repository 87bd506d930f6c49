import { Injectable } from '@nestjs/common';
import { isClientIdUrl } from '../../domain/agent/client-id-url.js';
import type { Principal } from '../../domain/grant/principal.js';
import type { Actor } from '../../domain/kernel/event.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { JwtVerifier } from '../../domain/ports/jwt-verifier.js';
import { type AccessTokenClaims, isUser } from '../../domain/token/access-token.js';
import { actorsOf } from '../../domain/token/delegation.js';
import type { Issuance } from '../../domain/token/token.events.js';
import { agentIdOfUrl, resourceIdOf } from '../derived-ids.js';
import { SigningKeys } from '../keys/signing-keys.js';
import { LiveState } from '../live-state.js';
import { TenantCrossings } from '../tenants/tenant-crossings.js';
import { type Standing, TokenStandings } from './token-standings.js';

/** Whether an access token of ours still counts, by the same decision that issued it, on the live state. */
@Injectable()
export class InspectToken {
  constructor(
    private readonly standings: TokenStandings,
    private readonly live: LiveState,
    private readonly keys: SigningKeys,
    private readonly verifier: JwtVerifier,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
    private readonly crossings: TenantCrossings,
  ) {}

  /** The claims when signature, issuer and time hold, whatever has happened to the token since. */
  async verified(tenant: string, issuer: string, jwt: string): Promise<AccessTokenClaims | undefined> {
    const { keys } = await this.keys.all(tenant);
    const claims = await this.verifier.verifyOwn(jwt, keys, { typ: 'at+jwt', issuer, now: this.clock.seconds() });
    if (claims && claims['tenant'] === tenant) return claims as unknown as AccessTokenClaims;
    await this.crossings.note(tenant, jwt);
    return undefined;
  }

  /** The claims with the scopes that hold now, or undefined when nothing of the token holds any more. */
  async active(tenant: string, issuer: string, jwt: string): Promise<AccessTokenClaims | undefined> {
    const claims = await this.verified(tenant, issuer, jwt);
    if (!claims) return undefined;
    const issuance = this.issuance(claims);
    let scopes = scopesOf(await this.standings.of(tenant, issuance));
    // What it was issued on may be news to this node: less than was issued is not said on an old view.
    if (scopes.length < issuance.scopes.length && (await this.live.catchUp())) scopes = scopesOf(await this.standings.of(tenant, issuance));
    return scopes.length > 0 ? { ...claims, scope: scopes.join(' ') } : undefined;
  }

  /** What the token was issued on. */
  issuance(claims: AccessTokenClaims): Issuance {
    return {
      jti: claims.jti, agentId: claims.agent, principal: this.principal(claims), resourceId: resourceIdOf(this.crypto, claims.tenant, claims.aud),
      grantEpoch: claims.grant_epoch, scopes: claims.scope.split(' '), expiresAt: claims.exp,
      ...(claims.authorization_id === undefined ? {} : { authorizationId: claims.authorization_id }),
      ...(claims.auth_time === undefined ? {} : { authTime: claims.auth_time }),
      ...(claims.trust_rule === undefined ? {} : { trustRuleId: claims.trust_rule }),
      ...(claims.client_trust_rule === undefined ? {} : { clientTrustRuleId: claims.client_trust_rule }),
      ...(claims.gty === undefined ? {} : { grantType: claims.gty }),
    };
  }

  /** On whose authority: the user, or the agent whose own token this was, or the one it was made from. */
  principal({ sub, client_id, agent, tenant }: AccessTokenClaims): Principal {
    if (isUser(sub)) return { kind: 'user', id: sub };
    if (sub === client_id) return { kind: 'agent', id: agent };
    return { kind: 'agent', id: isClientIdUrl(sub) ? agentIdOfUrl(this.crypto, tenant, sub) : sub };
  }

  /** For the record (RFC 8693 section 4.1): whose authority it is, and inside who acts and who acted before. */
  actor(claims: AccessTokenClaims): Actor {
    const nested = actorsOf(claims.act).reduceRight<Actor | undefined>((act, id) => ({ kind: 'agent', id, ...(act ? { act } : {}) }), undefined);
    return { ...this.principal(claims), ...(nested ? { act: nested } : {}) };
  }
}

const scopesOf = (standing: Standing): readonly string[] => (standing.problem() === undefined ? standing.scopes() : []);
