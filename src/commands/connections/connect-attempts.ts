import { Injectable } from '@nestjs/common';
import { Refusal } from '../../domain/kernel/refusal.js';
import type { Holder } from '../../domain/credential/credential.events.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { AuthorizationAttempt } from '../../domain/ports/downstream-oauth.js';
import { SecretStore } from '../../domain/ports/secret-store.js';

/** What was begun in one browser, for one connection, and by whom. */
export interface ConnectAttempt extends AuthorizationAttempt {
  readonly connectionId: string;
  readonly connectionEpoch: number;
  readonly holder: Holder;
  /** The session that began it; no other may end it (VA-04). */
  readonly userId: string;
  readonly sessionDigest: string;
  /** The agent that is let use it when it succeeds. */
  readonly agent: { readonly agentId: string; readonly scopes: readonly string[]; readonly consentDigest: string } | undefined;
}

const KIND = 'connect-attempt';
const USED = 'connect-attempt-used';
/** Seconds that a person may take at the service. */
const LIFETIME = 900;

/** Authorizations under way at services. The vault keeps them, since the code verifier is a secret; each is taken once. */
@Injectable()
export class ConnectAttempts {
  constructor(private readonly secrets: SecretStore, private readonly crypto: Crypto, private readonly clock: Clock) {}

  async keep(tenant: string, attempt: ConnectAttempt): Promise<void> {
    const value = new TextEncoder().encode(JSON.stringify(attempt));
    await this.secrets.put(tenant, KIND, { name: this.nameOf(attempt.state), value, expiresAt: this.clock.seconds() + LIFETIME });
  }

  /** Whoever takes it first has it, and nobody after that: also when what follows fails. Throws Refusal. */
  async take(tenant: string, state: string): Promise<ConnectAttempt> {
    const name = this.nameOf(state);
    const stored = await this.secrets.get(tenant, KIND, name);
    const isFirst = stored && (await this.secrets.putNew(tenant, USED, { name, value: new Uint8Array(), expiresAt: this.clock.seconds() + LIFETIME }));
    if (!stored || isFirst !== true) throw new Refusal('connect.state_unknown', 'This answer does not belong to anything that was begun here, or it was used before.');
    await this.secrets.delete(tenant, KIND, name);
    return JSON.parse(new TextDecoder().decode(stored)) as ConnectAttempt;
  }

  private nameOf(state: string): string {
    return this.crypto.sha256(state);
  }
}
