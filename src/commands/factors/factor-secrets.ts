import { Injectable } from '@nestjs/common';
import type { Passkey } from '../../domain/ports/passkeys.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import type { Factor } from '../../domain/user/factors.js';

/** What a factor is checked with, and what the person calls it. */
export type FactorSecret = { readonly label: string } & ({ readonly totp: string } | { readonly passkey: Passkey });

const FACTOR = 'factor';
const CODES = 'recovery-codes';
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const read = <T>(stored: Uint8Array | undefined): T | undefined => (stored ? (JSON.parse(new TextDecoder().decode(stored)) as T) : undefined);

/** Secrets of factors, in the vault. They count only while the person's own stream says so: it is written after them, and before they go. */
@Injectable()
export class FactorSecrets {
  constructor(private readonly secrets: SecretStore) {}

  put(tenant: string, userId: string, factorId: string, secret: FactorSecret): Promise<void> {
    return this.secrets.put(tenant, FACTOR, { name: `${userId}.${factorId}`, value: bytes(secret) });
  }

  async of(tenant: string, userId: string, factors: readonly Factor[]): Promise<readonly (Factor & { readonly secret: FactorSecret })[]> {
    const found = await Promise.all(factors.map(async (factor) => ({ factor, secret: read<FactorSecret>(await this.secrets.get(tenant, FACTOR, `${userId}.${factor.factorId}`)) })));
    return found.flatMap(({ factor, secret }) => (secret ? [{ ...factor, secret }] : []));
  }

  remove(tenant: string, userId: string, factorId: string): Promise<void> {
    return this.secrets.delete(tenant, FACTOR, `${userId}.${factorId}`);
  }

  /** Only their MACs are kept. */
  putCodes(tenant: string, userId: string, batch: string, macs: readonly string[]): Promise<void> {
    return this.secrets.put(tenant, CODES, { name: `${userId}.${batch}`, value: bytes(macs) });
  }

  async codes(tenant: string, userId: string, batch: string): Promise<readonly string[]> {
    return read<readonly string[]>(await this.secrets.get(tenant, CODES, `${userId}.${batch}`)) ?? [];
  }

  removeCodes(tenant: string, userId: string, batch: string): Promise<void> {
    return this.secrets.delete(tenant, CODES, `${userId}.${batch}`);
  }

  async removeAll(tenant: string, userId: string): Promise<void> {
    await this.secrets.deleteAll(tenant, FACTOR, `${userId}.`);
    await this.secrets.deleteAll(tenant, CODES, `${userId}.`);
  }
}
