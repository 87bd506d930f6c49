import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Clock } from '../../domain/ports/clock.js';
import { SecretStore, type StoredSecret } from '../../domain/ports/secret-store.js';
import type { MasterKey } from './master-key.js';
import type { VaultFile } from './vault-file.js';
import type { SealedRow } from './vault-table.js';

const TAG_BYTES = 16;

/** A row that does not open: written under another key, altered, or moved from another place. */
export class SecretIntegrityError extends Error {
  override readonly name = 'SecretIntegrityError';
}

/** Secrets in one SQLite file, sealed one by one before they leave this process. */
export class SqliteSecretStore extends SecretStore {
  readonly #key: Buffer;

  constructor(private readonly file: VaultFile, private readonly master: MasterKey, private readonly clock: Clock) {
    super();
    this.#key = master.derive('secrets');
  }

  override put(tenant: string, kind: string, secret: StoredSecret): Promise<void> {
    return this.file.call('put', this.#seal(tenant, kind, secret));
  }

  override putNew(tenant: string, kind: string, secret: StoredSecret): Promise<boolean> {
    return this.file.call('putNew', this.#seal(tenant, kind, secret), this.clock.seconds());
  }

  override async get(tenant: string, kind: string, name: string): Promise<Uint8Array | undefined> {
    const row = await this.file.call('get', tenant, kind, name);
    if (!row || (row.expiresAt !== null && row.expiresAt <= this.clock.seconds())) return undefined;
    return this.#open(row);
  }

  override async delete(tenant: string, kind: string, name: string): Promise<void> {
    await this.file.call('delete', tenant, kind, name);
  }

  override deleteAll(tenant: string, kind: string, prefix: string): Promise<number> {
    return this.file.call('deleteAll', tenant, kind, prefix);
  }

  override sweep(now: number): Promise<number> {
    return this.file.call('sweep', now);
  }

  override close(): Promise<void> {
    return this.file.close();
  }

  #seal(tenant: string, kind: string, { name, value, expiresAt }: StoredSecret): SealedRow {
    const nonce = randomBytes(12);
    const place = { tenant, kind, name, keyId: this.master.id, expiresAt: expiresAt ?? null };
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(associatedData(place));
    return { ...place, nonce, sealed: Buffer.concat([cipher.update(value), cipher.final(), cipher.getAuthTag()]) };
  }

  #open(row: SealedRow): Uint8Array {
    const sealed = Buffer.from(row.sealed);
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, row.nonce, { authTagLength: TAG_BYTES })
        .setAAD(associatedData(row))
        .setAuthTag(sealed.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
    } catch {
      // One message for every cause; which row it was is what the operator needs.
      throw new SecretIntegrityError(`the vault's ${row.kind} row of tenant ${row.tenant} does not open`);
    }
  }
}

// The expiry is bound too: a session can't be prolonged with an SQL shell. JSON, so that no name can imitate a separator.
const associatedData = ({ tenant, kind, name, keyId, expiresAt }: Omit<SealedRow, 'nonce' | 'sealed'>): Buffer =>
  Buffer.from(JSON.stringify([tenant, kind, name, keyId, expiresAt]));
