import { rmSync } from 'node:fs';
import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import type { ReadDatabase } from '../../projections/read-database.js';
import { copyingDriver } from './copying-client.js';
import { DisposableDirectory } from './disposable-directory.js';
import { emptyDatabase } from './empty-database.js';
import { type PglitePool, pgliteDriver } from './pglite-pool.js';
import { PgliteThread } from './pglite-thread.js';
import { CONNECT_MILLISECONDS } from './postgres-pool.js';
import { type Engine, TypeormReadDatabase } from './typeorm-read-database.js';

/** A pool of the read-model database for those who bring their own SQL (jobs); undefined while it is not open. */
export type PoolOf = () => PglitePool | pg.Pool | undefined;

export interface ReadDatabaseOptions {
  /** PostgreSQL; undefined: PGlite. */
  readonly databaseUrl: string | undefined;
  /** Of PGlite's files; 'memory://' keeps nothing. */
  readonly directory: string;
  readonly report?: (problem: string) => void;
}

/** Entities are none: rows are written and read by versioned table names (src/projections/table-sql.ts). */
const common = (driver: unknown): DataSourceOptions => ({ type: 'postgres', entities: [], synchronize: false, logging: false, installExtensions: false, driver });
const MAINTENANCE_MILLISECONDS = 300_000;

/** The database of the read models, not open yet. */
export const openReadDatabase = ({ databaseUrl, directory, report = () => undefined }: ReadDatabaseOptions): { database: ReadDatabase; pool: PoolOf } => {
  let pool: PglitePool | pg.Pool | undefined;
  const start = databaseUrl === undefined
    ? () => startPglite(directory, report, (made) => (pool = made))
    : () => startPostgres(databaseUrl, (made) => (pool = made));
  const database = new TypeormReadDatabase({ kind: databaseUrl === undefined ? 'pglite' : 'postgresql', start }, report);
  return { database, pool: () => pool };
};

const startPostgres = async (url: string, made: (pool: pg.Pool | undefined) => void): Promise<Engine> => {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => undefined);
  made(pool);
  const close = async (): Promise<void> => {
    made(undefined);
    await pool.end();
  };
  return { options: { ...common(copyingDriver), url, extra: { max: 6, connectionTimeoutMillis: CONNECT_MILLISECONDS, keepAlive: true } } as DataSourceOptions, close };
};

const startPglite = async (directory: string, report: (problem: string) => void, hasPool: (pool: PglitePool | undefined) => void): Promise<Engine> => {
  const files = directory.startsWith('memory:') ? undefined : new DisposableDirectory(directory);
  const distrusted = files?.prepare();
  if (distrusted !== undefined) report(`the read models are built anew: ${distrusted}`);
  const open = async (): Promise<PgliteThread> => {
    if (files?.isNew === false) return PgliteThread.open(directory);
    return (await unpacked(directory, files)) ?? begun(directory);
  };
  const thread = await open().catch(async (error: Error) => {
    if (!files) throw error;
    report(`the read models are built anew: their files can't be opened (${error.message.split('\n')[0]})`);
    files.empty();
    return open();
  });
  const driver = pgliteDriver(thread);
  const pool = driver.newPool();
  hasPool(pool);
  const maintenance = setInterval(() => void maintain(pool), MAINTENANCE_MILLISECONDS).unref();
  const close = async (): Promise<void> => {
    clearInterval(maintenance);
    hasPool(undefined);
    await thread.close();
    files?.released();
  };
  return { options: common(driver), onLost: (lost) => thread.once('lost', lost), close };
};

/** Undefined when there is no empty database to unpack. One that is damaged is made again, once; one of another account's can stand in nobody's way. */
const unpacked = async (directory: string, files: DisposableDirectory | undefined, isSecondTry = false): Promise<PgliteThread | undefined> => {
  const from = await emptyDatabase();
  if (from === undefined) return undefined;
  try {
    return await begun(directory, { from });
  } catch {
    files?.empty();
    return isSecondTry || !isTakenAway(from) ? undefined : unpacked(directory, files, true);
  }
};

const isTakenAway = (file: string): boolean => {
  try {
    rmSync(file, { force: true });
    return true;
  } catch {
    return false;
  }
};

/** Making or unpacking a database takes hundreds of megabytes that its thread never gives back: so that thread ends with it. */
const begun = async (directory: string, how: { readonly from?: string } = {}): Promise<PgliteThread> => {
  if (directory.startsWith('memory:')) return PgliteThread.open(directory, how);
  await (await PgliteThread.open(directory, how)).close();
  return PgliteThread.open(directory);
};

/** What PostgreSQL does by itself and PGlite does not: write back what changed, and clear away dead rows. */
const maintain = async (pool: PglitePool): Promise<void> => {
  await pool.query('VACUUM ANALYZE').catch(() => undefined);
  await pool.query('CHECKPOINT').catch(() => undefined);
};
