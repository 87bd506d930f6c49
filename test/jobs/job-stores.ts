import { Redis } from 'ioredis';
import pg from 'pg';
import { openReadDatabase } from '../../src/platform/database/open-read-database.js';
import type { JobBackend } from '../../src/platform/jobs/job-backend.js';
import { pgliteBackend, postgresBackend } from '../../src/platform/jobs/postgres-backend.js';
import { redisBackend } from '../../src/platform/jobs/redis-backend.js';

/** A store under the jobs of a spec, and the ways to spoil it. */
export interface JobStore {
  readonly backend: JobBackend;
  /** Everything that the queue has, schedules too, is gone at once. */
  empty(queue: string): Promise<void>;
  close(): Promise<void>;
}
export interface JobStoreKind {
  readonly name: string;
  readonly skipped?: string;
  open(): Promise<JobStore>;
}

const databaseUrl = process.env['DATABASE_URL'];
const redisUrl = process.env['REDIS_URL'];

const TABLES = ['scheduler', 'job', 'dedup', 'event', 'meta'];
type Ask = (sql: string, values: string[]) => Promise<unknown>;
const emptyTables = async (ask: Ask, queue: string): Promise<void> => {
  for (const table of TABLES) await ask(`DELETE FROM bullmq.${table} WHERE queue = $1`, [queue]);
};

const onPglite = async (): Promise<JobStore> => {
  const { database, pool } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
  await database.open();
  return {
    backend: pgliteBackend(pool as never),
    empty: (queue) => emptyTables((sql, values) => pool()!.query(sql, values), queue),
    close: () => database.close(),
  };
};

const onPostgres = async (url: string): Promise<JobStore> => {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  return { backend: postgresBackend(url), empty: (queue) => emptyTables((sql, values) => pool.query(sql, values), queue), close: () => pool.end() };
};

const onRedis = async (url: string): Promise<JobStore> => {
  const redis = new Redis(url);
  const empty = async (queue: string): Promise<void> => {
    const keys = await redis.keys(`{mandate}:${queue}:*`);
    if (keys.length > 0) await redis.del(keys);
  };
  return { backend: redisBackend(url), empty, close: async () => redis.disconnect() };
};

export const jobStores: readonly JobStoreKind[] = [
  { name: 'PGlite', open: onPglite },
  { name: 'PostgreSQL', open: () => onPostgres(databaseUrl!), ...(databaseUrl === undefined ? { skipped: 'DATABASE_URL is not set' } : {}) },
  { name: 'Redis', open: () => onRedis(redisUrl!), ...(redisUrl === undefined ? { skipped: 'REDIS_URL is not set' } : {}) },
];
