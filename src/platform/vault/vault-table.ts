import type { SqliteDatabase } from '../sqlite.js';
import type { RowPlace, SealedRow } from './sealed-rows.js';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS vault (one INTEGER PRIMARY KEY CHECK (one = 1), key_id TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS secret (
    tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, key_id TEXT NOT NULL, expires_at INTEGER,
    nonce BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, kind, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS secret_expiry ON secret (expires_at) WHERE expires_at IS NOT NULL;`;

const INSERT = `INSERT INTO secret (tenant, kind, name, key_id, expires_at, nonce, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET key_id = excluded.key_id, expires_at = excluded.expires_at, nonce = excluded.nonce, sealed = excluded.sealed`;
const ONE = 'tenant = ? AND kind = ? AND name = ?';
const COLUMNS = 'tenant, kind, name, key_id AS keyId, expires_at AS expiresAt, nonce, sealed';

/** The vault's SQL. Synchronous: it runs in the vault's own thread, several calls in one transaction. */
export class VaultTable {
  readonly #sql;

  constructor(database: SqliteDatabase) {
    database.exec(SCHEMA);
    this.#sql = {
      keyId: database.prepare('SELECT key_id AS keyId FROM vault'),
      adoptKey: database.prepare('INSERT INTO vault (one, key_id) VALUES (1, ?)'),
      put: database.prepare(INSERT),
      putNew: database.prepare(`${INSERT} WHERE secret.expires_at IS NOT NULL AND secret.expires_at <= ?`),
      get: database.prepare(`SELECT ${COLUMNS} FROM secret WHERE ${ONE}`),
      page: database.prepare(`SELECT ${COLUMNS} FROM secret WHERE (tenant, kind, name) > (?1, ?2, ?3) AND (?5 IS NULL OR kind = ?5) ORDER BY tenant, kind, name LIMIT ?4`),
      names: database.prepare('SELECT name FROM secret WHERE tenant = ? AND kind = ? ORDER BY name LIMIT ?'),
      count: database.prepare('SELECT count(*) AS found FROM secret WHERE kind = ?'),
      replace: database.prepare(`UPDATE secret SET key_id = ?4, expires_at = ?5, nonce = ?6, sealed = ?7 WHERE tenant = ?1 AND kind = ?2 AND name = ?3 AND sealed = ?8`),
      delete: database.prepare(`DELETE FROM secret WHERE ${ONE}`),
      // The highest code point closes the range, so that the primary key finds it.
      deleteAll: database.prepare('DELETE FROM secret WHERE tenant = ? AND kind = ? AND name >= ? AND name < ? || char(0x10FFFF)'),
      sweep: database.prepare('DELETE FROM secret WHERE expires_at <= ?'),
    };
  }

  /** Of the key that sealed this vault; undefined before the first start has ended. */
  keyId(): string | undefined {
    return (this.#sql.keyId.get() as { keyId: string } | undefined)?.keyId;
  }

  adoptKey(keyId: string): void {
    this.#sql.adoptKey.run(keyId);
  }

  put(row: SealedRow): void {
    this.#sql.put.run(...columns(row));
  }

  putNew(row: SealedRow, now: number): boolean {
    return Number(this.#sql.putNew.run(...columns(row), now).changes) === 1;
  }

  get(tenant: string, kind: string, name: string): SealedRow | undefined {
    return this.#sql.get.get(tenant, kind, name) as SealedRow | undefined;
  }

  page({ tenant, kind, name }: RowPlace = { tenant: '', kind: '', name: '' }, limit: number, only?: string): SealedRow[] {
    return this.#sql.page.all(tenant, kind, name, limit, only ?? null) as SealedRow[];
  }

  names(tenant: string, kind: string, limit: number): string[] {
    return (this.#sql.names.all(tenant, kind, limit) as { name: string }[]).map(({ name }) => name);
  }

  count(kind: string): number {
    return Number((this.#sql.count.get(kind) as { found: number }).found);
  }

  replace(row: SealedRow, before: Uint8Array): boolean {
    return Number(this.#sql.replace.run(...columns(row), before).changes) === 1;
  }

  delete(tenant: string, kind: string, name: string): number {
    return Number(this.#sql.delete.run(tenant, kind, name).changes);
  }

  deleteAll(tenant: string, kind: string, prefix: string): number {
    return Number(this.#sql.deleteAll.run(tenant, kind, prefix, prefix).changes);
  }

  sweep(now: number): number {
    return Number(this.#sql.sweep.run(now).changes);
  }
}

const columns = (row: SealedRow): unknown[] => [row.tenant, row.kind, row.name, row.keyId, row.expiresAt, row.nonce, row.sealed];
