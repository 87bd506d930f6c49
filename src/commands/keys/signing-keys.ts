import { Injectable } from '@nestjs/common';
import { type KeySet, type SigningKey, activeKey, keySet } from '../../domain/key/key.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { JwtVerifier } from '../../domain/ports/jwt-verifier.js';
import { KeyRing, type SigningAlgorithm } from '../../domain/ports/key-ring.js';
import { LedgerUnavailable } from '../../domain/ports/ledger.js';
import type { AccessTokenClaims } from '../../domain/token/access-token.js';
import type { IdTokenClaims } from '../../domain/token/id-token.js';
import { LiveState } from '../live-state.js';
import { type Soon, whenHere } from '../soon.js';

/** Which key signs now, and which are published: told by the ledger. */
@Injectable()
export class SigningKeys {
  private readonly loaded = new Set<string>();

  constructor(private readonly live: LiveState, private readonly keyRing: KeyRing, private readonly verifier: JwtVerifier) {}

  /** The key for new tokens, ready to sign synchronously. */
  active(tenant: string, alg: SigningAlgorithm): Soon<SigningKey> {
    return whenHere(this.all(tenant), (keys) => {
      const key = activeKey(keys, alg);
      if (!key) throw new LedgerUnavailable(`tenant ${tenant} has no active ${alg} signing key`);
      return this.loaded.has(key.kid) ? key : this.load(tenant, key);
    });
  }

  /** Everything that JWKS publishes: next, active and retired keys. */
  all(tenant: string): Soon<KeySet> {
    return whenHere(this.live.entry(keySet, streams.key(tenant), tenant), ({ state }) => state);
  }

  /** False when it is known to be published no longer. */
  isPublished(tenant: string, kid: string): boolean {
    return this.inMemory(tenant)?.keys.some((key) => key.kid === kid) ?? true;
  }

  /** With a key that `active` gave. The token is known when it comes back here. Throws SecretsUnavailable. */
  signAccessToken(tenant: string, kid: string, claims: AccessTokenClaims): string {
    const jwt = this.keyRing.sign(kid, 'at+jwt', claims);
    const known = this.inMemory(tenant);
    if (known) this.verifier.signed(jwt, claims, known.keys, { kid, typ: 'at+jwt', issuer: claims.iss });
    return jwt;
  }

  /** As `signAccessToken`; nobody brings it back. */
  signIdToken(kid: string, claims: IdTokenClaims): string {
    return this.keyRing.sign(kid, 'JWT', claims);
  }

  private inMemory(tenant: string): KeySet | undefined {
    const keys = this.all(tenant);
    if (!(keys instanceof Promise)) return keys;
    // Being read, and nobody waits for it here.
    keys.catch(() => undefined);
    return undefined;
  }

  private async load(tenant: string, key: SigningKey): Promise<SigningKey> {
    await this.keyRing.load(tenant, key.kid, key.alg);
    this.loaded.add(key.kid);
    return key;
  }
}
