import type { Clock } from '../../domain/ports/clock.js';
import { SecretStore, type StoredSecret } from '../../domain/ports/secret-store.js';
import type { RowSeal } from './row-seal.js';
import type { SealedRow, SealedRows } from './sealed-rows.js';

/** Secrets as rows that are sealed one by one before they leave this process, wherever the rows are kept. */
export class SealedSecretStore extends SecretStore {
  constructor(private readonly rows: SealedRows, private readonly seal: RowSeal, private readonly clock: Clock) {
    super();
  }

  override put(tenant: string, kind: string, secret: StoredSecret): Promise<void> {
    return this.rows.put(this.sealed(tenant, kind, secret));
  }

  override putNew(tenant: string, kind: string, secret: StoredSecret): Promise<boolean> {
    return this.rows.putNew(this.sealed(tenant, kind, secret), this.clock.seconds());
  }

  override async get(tenant: string, kind: string, name: string): Promise<Uint8Array | undefined> {
    const row = await this.rows.get(tenant, kind, name);
    if (!row || (row.expiresAt !== null && row.expiresAt <= this.clock.seconds())) return undefined;
    return this.seal.open(row);
  }

  override async delete(tenant: string, kind: string, name: string): Promise<void> {
    await this.rows.delete(tenant, kind, name);
  }

  override deleteAll(tenant: string, kind: string, prefix: string): Promise<number> {
    return this.rows.deleteAll(tenant, kind, prefix);
  }

  override sweep(now: number): Promise<number> {
    return this.rows.sweep(now);
  }

  override close(): Promise<void> {
    return this.rows.close();
  }

  private sealed(tenant: string, kind: string, { name, value, expiresAt }: StoredSecret): SealedRow {
    return this.seal.seal({ tenant, kind, name, expiresAt: expiresAt ?? null }, value);
  }
}
