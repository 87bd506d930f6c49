import { Injectable } from '@nestjs/common';
import { KeptKeys, type ReadKeys } from '../../../commands/kept-keys.js';
import type { KnownAgent } from '../../../domain/agent/agent.decider.js';
import { readPublicJwks } from '../../../domain/agent/metadata-jwks.js';
import type { RefusalCode } from '../../../domain/kernel/refusal.js';
import { Clock } from '../../../domain/ports/clock.js';
import { Crypto } from '../../../domain/ports/crypto.js';
import { GuardedFetch } from '../../../domain/ports/guarded-fetch.js';
import { JwtVerifier } from '../../../domain/ports/jwt-verifier.js';
import { SecretStore, SecretsUnavailable } from '../../../domain/ports/secret-store.js';
import type { TenantContext } from '../../http/tenancy.js';

type Expected = Parameters<JwtVerifier['verifyAssertion']>[2];
type Verified = Awaited<ReturnType<JwtVerifier['verifyAssertion']>>;

/** private_key_jwt: RFC 7523 section 3, each assertion good for one use on all nodes together. */
@Injectable()
export class ClientAssertions {
  private readonly kept: KeptKeys;

  constructor(
    private readonly verifier: JwtVerifier,
    private readonly fetch: GuardedFetch,
    private readonly secrets: SecretStore,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {
    this.kept = new KeptKeys(clock);
  }

  /** Undefined when the assertion holds; it is used up then. */
  async problem({ id, issuer }: TenantContext, agent: KnownAgent, assertion: string): Promise<RefusalCode | undefined> {
    const { clientId } = agent;
    try {
      const { jti, exp } = await this.verified(agent, assertion, { clientId, issuer, now: this.clock.seconds() });
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

  private async verified({ metadata: { jwks, jwksUri } }: KnownAgent, assertion: string, expected: Expected): Promise<Verified> {
    if (jwks !== undefined) return this.verifier.verifyAssertion(assertion, jwks, expected);
    if (jwksUri === undefined) throw new Error('the client has no keys');
    const load = () => this.load(jwksUri);
    const keys = await this.kept.of(jwksUri, load);
    if (keys === undefined) throw new Error('the client\'s keys can\'t be had now');
    try {
      return await this.verifier.verifyAssertion(assertion, keys, expected);
    } catch (error) {
      const newer = await this.kept.newerThan(keys, jwksUri, load);
      if (newer === undefined) throw error;
      return this.verifier.verifyAssertion(assertion, newer, expected);
    }
  }

  private async load(jwksUri: string): Promise<ReadKeys | undefined> {
    try {
      const { body, maxAge } = await this.fetch.get(jwksUri, 'application/jwk-set+json, application/json');
      return { jwks: keysIn(JSON.parse(body)), maxAge };
    } catch {
      return undefined;
    }
  }
}

const NO_KEYS = '{"keys":[]}';

/** Bounded in number and kind, and public halves only, like keys in a document (CM-18, WF-08). A set that can't be used has none: who empties it withdraws what was in it. */
const keysIn = (set: unknown): string => {
  try {
    return readPublicJwks(set);
  } catch {
    return NO_KEYS;
  }
};
