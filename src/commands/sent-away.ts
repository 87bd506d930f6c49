import { Injectable } from '@nestjs/common';
import { Clock } from '../domain/ports/clock.js';
import { Crypto } from '../domain/ports/crypto.js';
import { SecretStore } from '../domain/ports/secret-store.js';

/** Seconds that a person may take elsewhere. */
const LIFETIME = 900;

/**
 * What waits for a browser that was sent away, by the state that it was sent away with. The vault keeps it, since the code
 * verifier is a secret; each kind has a space of its own, and each is taken once.
 */
@Injectable()
export class SentAway {
  constructor(private readonly secrets: SecretStore, private readonly crypto: Crypto, private readonly clock: Clock) {}

  async keep(tenant: string, kind: string, state: string, what: object): Promise<void> {
    const value = new TextEncoder().encode(JSON.stringify(what));
    await this.secrets.put(tenant, kind, { name: this.crypto.sha256(state), value, expiresAt: this.clock.seconds() + LIFETIME });
  }

  /** Whoever takes it first has it, and nobody after that: also when what follows fails. Undefined when there is nothing, or no more. */
  async take<T extends object>(tenant: string, kind: string, state: string): Promise<T | undefined> {
    const name = this.crypto.sha256(state);
    const stored = await this.secrets.get(tenant, kind, name);
    const isFirst = stored && (await this.secrets.putNew(tenant, `${kind}-used`, { name, value: new Uint8Array(), expiresAt: this.clock.seconds() + LIFETIME }));
    if (!stored || isFirst !== true) return undefined;
    await this.secrets.delete(tenant, kind, name);
    return JSON.parse(new TextDecoder().decode(stored)) as T;
  }
}
