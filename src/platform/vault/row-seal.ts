import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { MasterKey } from './master-key.js';
import type { SealedRow } from './sealed-rows.js';

const TAG_BYTES = 16;

/** A row that does not open: written under another key, altered, or moved from another place. */
export class SecretIntegrityError extends Error {
  override readonly name = 'SecretIntegrityError';
}

/** Seals secrets into rows, AES-256-GCM, each bound to its place and its expiry. */
export class RowSeal {
  readonly #key: Buffer;

  constructor(private readonly master: MasterKey) {
    this.#key = master.derive('secrets');
  }

  seal(at: Omit<SealedRow, 'keyId' | 'nonce' | 'sealed'>, value: Uint8Array): SealedRow {
    const nonce = randomBytes(12);
    const place = { ...at, keyId: this.master.id };
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(associatedData(place));
    return { ...place, nonce, sealed: Buffer.concat([cipher.update(value), cipher.final(), cipher.getAuthTag()]) };
  }

  /** Throws SecretIntegrityError. */
  open(row: SealedRow): Uint8Array {
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
