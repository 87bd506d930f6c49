import { Injectable } from '@nestjs/common';
import type { KnownAgent } from '../../../domain/agent/agent.decider.js';
import { readPublicJwks } from '../../../domain/agent/metadata-jwks.js';
import type { RefusalCode } from '../../../domain/kernel/refusal.js';
import { Clock } from '../../../domain/ports/clock.js';
import { Crypto } from '../../../domain/ports/crypto.js';
import { GuardedFetch } from '../../../domain/ports/guarded-fetch.js';
import { JwtVerifier } from '../../../domain/ports/jwt-verifier.js';
import { SecretStore, SecretsUnavailable } from '../../../domain/ports/secret-store.js';
import type { TenantContext } from '../../http/tenancy.js';

interface KeptKeys {
  readonly jwks: string;
  readonly until: number;
}
/** Seconds. */
const KEYS_KEPT = 300;
const MOST_KEPT = 1_000;

/** private_key_jwt: RFC 7523 section 3, each assertion good for one use on all nodes together. */
@Injectable()
export class ClientAssertions {
  private readonly kept = new Map<string, KeptKeys>();

  constructor(
    private readonly verifier: JwtVerifier,
    private readonly fetch: GuardedFetch,
    private readonly secrets: SecretStore,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  /** Undefined when the assertion holds; it is used up then. */
  async problem({ id, issuer }: TenantContext, agent: KnownAgent, assertion: string): Promise<RefusalCode | undefined> {
    const now = this.clock.seconds();
    const { clientId } = agent;
    try {
      const jwks = agent.metadata.jwks ?? (await this.keysAt(agent.metadata.jwksUri, now));
      const { jti, exp } = await this.verifier.verifyAssertion(assertion, jwks, { clientId, issuer, now });
      const name = this.crypto.sha256(JSON.stringify([clientId, jti]));
      // A put that only one can win: parallel replays on other nodes lose it too (CA-05).
      const first = await this.secrets.putNew(id, 'assertion-jti', { name, value: new Uint8Array(), expiresAt: exp + 60 });
      return first ? undefined : 'client.assertion_replayed';
    } catch (error) {
      // Whether it is a replay can't be told now: neither the client's fault nor a reason to let it in.
      if (error instanceof SecretsUnavailable) throw error;
      return 'client.assertion_invalid';
    }
  }

  private async keysAt(jwksUri: string | undefined, now: number): Promise<string> {
    if (jwksUri === undefined) throw new Error('the client has no keys');
    const kept = this.kept.get(jwksUri);
    if (kept && kept.until > now) return kept.jwks;
    const { body } = await this.fetch.get(jwksUri, 'application/jwk-set+json, application/json');
    if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    // Bounded in number and kind, and public halves only, like keys in a document (CM-18, WF-08).
    const jwks = readPublicJwks(JSON.parse(body));
    this.kept.set(jwksUri, { jwks, until: now + KEYS_KEPT });
    return jwks;
  }
}
