import { Injectable } from '@nestjs/common';
import { type KeySet, type SigningKey, activeKey, keySet } from '../../domain/key/key.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { KeyRing, type SigningAlgorithm } from '../../domain/ports/key-ring.js';
import { LedgerUnavailable } from '../../domain/ports/ledger.js';
import { LiveState } from '../live-state.js';

/** Which key signs now, and which are published: told by the ledger. */
@Injectable()
export class SigningKeys {
  private readonly loaded = new Set<string>();

  constructor(private readonly live: LiveState, private readonly keyRing: KeyRing) {}

  /** The key for new tokens, ready to sign synchronously. */
  async active(tenant: string, alg: SigningAlgorithm): Promise<SigningKey> {
    const key = activeKey(await this.all(tenant), alg);
    if (!key) throw new LedgerUnavailable(`tenant ${tenant} has no active ${alg} signing key`);
    if (!this.loaded.has(key.kid)) {
      await this.keyRing.load(tenant, key.kid, alg);
      this.loaded.add(key.kid);
    }
    return key;
  }

  /** Everything that JWKS publishes: next, active and retired keys. */
  async all(tenant: string): Promise<KeySet> {
    return (await this.live.entry(keySet, streams.key(tenant), tenant)).state;
  }
}
