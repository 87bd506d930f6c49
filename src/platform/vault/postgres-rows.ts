import { setTimeout as pause } from 'node:timers/promises';
import { SecretsUnavailable } from '../../domain/ports/secret-store.js';
import { type PostgresPool, openPostgresPool, openPostgresSession } from '../database/postgres-pool.js';
import { pauseAfter } from '../patience.js';
import type { RowPlace, SealedRow, SealedRows } from './sealed-rows.js';

// A schema of its own: it is what has to be backed up and guarded, while read models beside it may be lost.
const SCHEMA = [
  'CREATE SCHEMA IF NOT EXISTS mandate_vault',
  'CREATE TABLE IF NOT EXISTS mandate_vault.vault (one boolean PRIMARY KEY DEFAULT true CHECK (one), key_id text NOT NULL)',
  // Compared byte by byte, as in SQLite: the order must not depend on a locale that an upgrade of the system changes.
  `CREATE TABLE IF NOT EXISTS mandate_vault.secret (
    tenant text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, key_id text NOT NULL,
    expires_at bigint, nonce bytea NOT NULL, sealed bytea NOT NULL, PRIMARY KEY (tenant, kind, name))`,
  'CREATE INDEX IF NOT EXISTS secret_expiry ON mandate_vault.secret (expires_at) WHERE expires_at IS NOT NULL',
];
const COLUMNS = 'tenant, kind, name, key_id AS "keyId", expires_at AS "expiresAt", nonce, sealed';
const INSERT = `INSERT INTO mandate_vault.secret AS known (tenant, kind, name, key_id, expires_at, nonce, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)`;
const REPLACE = `${INSERT} ON CONFLICT (tenant, kind, name) DO UPDATE
  SET key_id = excluded.key_id, expires_at = excluded.expires_at, nonce = excluded.nonce, sealed = excluded.sealed`;
const ONE = 'tenant = $1 AND kind = $2 AND name = $3';
const LAST_CODE_POINT = '\u{10FFFF}';

/** serialization_failure and deadlock_detected. */
const UNDONE = new Set(['40001', '40P01']);
const ATTEMPTS = 5;

const MOST_CONNECTIONS = 6;
const ANSWER_MILLISECONDS = 5_000;
/** A first start makes RSA keys and passwords and waits for the ledger; longer than this is a process that hangs. */
const MOST_MILLISECONDS_ALONE = 120_000;

/** The vault's rows in PostgreSQL, shared by all nodes. */
export class PostgresRows implements SealedRows {
  readonly title = 'the vault in PostgreSQL';
  private readonly underWay = new Set<Promise<unknown>>();
  private isClosed = false;

  private constructor(private readonly url: string, private readonly pool: PostgresPool) {}

  /** Makes the tables when they are missing. Rejects with a sentence when the server does not let us in. */
  static async open(url: string): Promise<PostgresRows> {
    const pool = openPostgresPool(url, { max: MOST_CONNECTIONS, query_timeout: ANSWER_MILLISECONDS, application_name: 'mandate vault' });
    const rows = new PostgresRows(url, pool);
    try {
      const [{ found }] = (await pool.query<{ found: string | null }>("SELECT to_regclass('mandate_vault.secret') AS found")).rows as [{ found: string | null }];
      // Where they are there, the right to make them is not asked for.
      if (found === null) await rows.alone(() => pool.query(SCHEMA.join(';')));
      return rows;
    } catch (error) {
      await rows.close();
      const { host, port } = new URL(url);
      throw new Error(`The vault in PostgreSQL can't be opened (DATABASE_URL, ${host || port || 'by default'}): ${reasonOf(error)}`, { cause: error });
    }
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    const session = await openPostgresSession(this.url);
    try {
      await session.query(`SELECT set_config('lock_timeout', $1, false)`, [String(MOST_MILLISECONDS_ALONE)]);
      await session.query(`SELECT pg_advisory_lock(hashtext('mandate vault'))`).catch(tooLate);
      return await work();
    } finally {
      // The lock goes with the session, also when this process dies.
      await session.end().catch(() => undefined);
    }
  }

  async keyId(): Promise<string | undefined> {
    const [found] = await this.ask<{ key_id: string }>('SELECT key_id FROM mandate_vault.vault');
    return found?.key_id;
  }

  async adoptKey(keyId: string): Promise<void> {
    await this.ask('INSERT INTO mandate_vault.vault (key_id) VALUES ($1)', keyId);
  }

  async put(row: SealedRow): Promise<void> {
    await this.change(REPLACE, ...columns(row));
  }

  async putNew(row: SealedRow, now: number): Promise<boolean> {
    return (await this.change(`${REPLACE} WHERE known.expires_at <= $8`, ...columns(row), now)) === 1;
  }

  async get(tenant: string, kind: string, name: string): Promise<SealedRow | undefined> {
    const [found] = await this.ask<Raw>(`SELECT ${COLUMNS} FROM mandate_vault.secret WHERE ${ONE}`, tenant, kind, name);
    return found && rowOf(found);
  }

  async page({ tenant, kind, name }: RowPlace = { tenant: '', kind: '', name: '' }, limit: number, only?: string): Promise<readonly SealedRow[]> {
    const sql = `SELECT ${COLUMNS} FROM mandate_vault.secret WHERE (tenant, kind, name) > ($1, $2, $3) AND ($5::text IS NULL OR kind = $5) ORDER BY tenant, kind, name LIMIT $4`;
    return (await this.ask<Raw>(sql, tenant, kind, name, limit, only ?? null)).map(rowOf);
  }

  async names(tenant: string, kind: string, limit: number): Promise<readonly string[]> {
    const found = await this.ask<{ readonly name: string }>('SELECT name FROM mandate_vault.secret WHERE tenant = $1 AND kind = $2 ORDER BY name LIMIT $3', tenant, kind, limit);
    return found.map(({ name }) => name);
  }

  async count(kind: string): Promise<number> {
    const [found] = await this.ask<{ readonly found: string }>('SELECT count(*) AS found FROM mandate_vault.secret WHERE kind = $1', kind);
    return Number(found!.found);
  }

  async replace(row: SealedRow, before: Uint8Array): Promise<boolean> {
    return (await this.change(`UPDATE mandate_vault.secret SET key_id = $4, expires_at = $5, nonce = $6, sealed = $7 WHERE ${ONE} AND sealed = $8`, ...columns(row), before)) === 1;
  }

  delete(tenant: string, kind: string, name: string): Promise<number> {
    return this.change(`DELETE FROM mandate_vault.secret WHERE ${ONE}`, tenant, kind, name);
  }

  deleteAll(tenant: string, kind: string, prefix: string): Promise<number> {
    return this.change('DELETE FROM mandate_vault.secret WHERE tenant = $1 AND kind = $2 AND name >= $3 AND name < $4', tenant, kind, prefix, prefix + LAST_CODE_POINT);
  }

  sweep(now: number): Promise<number> {
    return this.change('DELETE FROM mandate_vault.secret WHERE expires_at <= $1', now);
  }

  /** All of these rows and their key's name at once, or nothing: for a vault that has none yet. Gives how many there were. */
  async fill(keyId: string, pages: AsyncIterable<readonly SealedRow[]>): Promise<number> {
    const client = await this.pool.connect();
    let count = 0;
    try {
      await client.query('BEGIN');
      await client.query('INSERT INTO mandate_vault.vault (key_id) VALUES ($1)', [keyId]);
      for await (const page of pages)
        for (const row of page) count += (await client.query(INSERT, columns(row))).rowCount ?? 0;
      await client.query('COMMIT');
      client.release();
      return count;
    } catch (error) {
      // Without its session the transaction is undone.
      client.release(true);
      throw error;
    }
  }

  /** Waits for what is under way: a pool that is ended forgets whoever still stands in line. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await Promise.allSettled(this.underWay);
    await this.pool.end();
  }

  private async ask<R extends object>(sql: string, ...values: unknown[]): Promise<readonly R[]> {
    return (await this.query<R>(sql, values)).rows;
  }

  private async change(sql: string, ...values: unknown[]): Promise<number> {
    return (await this.query(sql, values)).rowCount ?? 0;
  }

  private async query<R extends object>(sql: string, values: readonly unknown[]) {
    if (this.isClosed) throw new SecretsUnavailable('the vault is closed');
    const answer = this.untilItStands<R>(sql, values);
    this.underWay.add(answer);
    try {
      return await answer;
    } catch (error) {
      throw new SecretsUnavailable(`the vault could not do it: ${reasonOf(error)}`, { cause: error });
    } finally {
      this.underWay.delete(answer);
    }
  }

  /** What PostgreSQL undid for the sake of another transaction has done nothing, so it may be said again; not for ever, and not by all at the same moment. */
  private async untilItStands<R extends object>(sql: string, values: readonly unknown[]) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.pool.query<R>(sql, [...values]);
      } catch (error) {
        if (attempt === ATTEMPTS || !UNDONE.has(String((error as { readonly code?: unknown }).code))) throw error;
        await pause(pauseAfter(attempt - 1));
      }
    }
  }
}

type Raw = Omit<SealedRow, 'expiresAt'> & { readonly expiresAt: string | null };
const rowOf = ({ expiresAt, ...row }: Raw): SealedRow => ({ ...row, expiresAt: expiresAt === null ? null : Number(expiresAt) });
const columns = ({ tenant, kind, name, keyId, expiresAt, nonce, sealed }: SealedRow): unknown[] => [tenant, kind, name, keyId, expiresAt, nonce, sealed];

const LOCK_NOT_AVAILABLE = '55P03';
const tooLate = (error: unknown): never => {
  if ((error as { readonly code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
  throw new Error(`Another node of this hub has been starting for ${MOST_MILLISECONDS_ALONE / 1000} s. See what it waits for, or stop it.`, { cause: error });
};

/** When no address of a name could be reached, the error that says so has no words of its own. */
const reasonOf = (error: unknown): string => {
  const { errors: [first] = [], message } = error as { readonly errors?: readonly Error[]; readonly message: string };
  return (first?.message ?? message).split('\n')[0]!;
};
