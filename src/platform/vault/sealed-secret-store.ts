import type { Clock } from '../../domain/ports/clock.js';
import { type SecretPlace, SecretStore, type StoredSecret } from '../../domain/ports/secret-store.js';
import type { RowSeal } from './row-seal.js';
import type { SealedRow, SealedRows } from './sealed-rows.js';

const MOST_NAMES = 1_000;
/** Of a rewriting: the vault takes what comes together in one commit, and a far key service answers several at once. */
const AT_ONCE = 16;

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

  override names(tenant: string, kind: string): Promise<readonly string[]> {
    return this.rows.names(tenant, kind, MOST_NAMES);
  }

  override count(kind: string): Promise<number> {
    return this.rows.count(kind);
  }

  override async rewrite(
    kind: string, { after, limit }: { readonly after: SecretPlace | undefined; readonly limit: number }, change: (place: SecretPlace, opened: () => Uint8Array) => Promise<Uint8Array | undefined>,
  ): Promise<SecretPlace | undefined> {
    const rows = await this.rows.page(after && { ...after, kind }, limit, kind);
    for (let n = 0; n < rows.length; n += AT_ONCE) await Promise.all(rows.slice(n, n + AT_ONCE).map((row) => this.rewriteOne(row, change)));
    const last = rows.at(-1);
    return last && rows.length === limit ? { tenant: last.tenant, name: last.name } : undefined;
  }

  private async rewriteOne(row: SealedRow, change: (place: SecretPlace, opened: () => Uint8Array) => Promise<Uint8Array | undefined>): Promise<void> {
    const { tenant, kind, name, expiresAt } = row;
    const value = await change({ tenant, name }, () => this.seal.open(row));
    if (value) await this.rows.replace(this.seal.seal({ tenant, kind, name, expiresAt }, value), row.sealed);
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
