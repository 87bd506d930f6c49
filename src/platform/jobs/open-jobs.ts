import type { PgPool } from 'bullmq';
import type { Jobs } from '../../domain/ports/jobs.js';
import { BullmqJobs, type BullmqJobsParts } from './bullmq-jobs.js';
import type { JobBackend } from './job-backend.js';
import { pgliteBackend, postgresBackend } from './postgres-backend.js';
import { redisBackend } from './redis-backend.js';

export interface JobsOptions extends Omit<BullmqJobsParts, 'backend'> {
  /** The first that is given keeps the jobs; without either it is the read models' PGlite. */
  readonly redisUrl: string | undefined;
  readonly databaseUrl: string | undefined;
  /** Of the read models' PGlite; undefined while that is not open. */
  readonly pool: () => unknown;
}

/** The deployment's jobs, not started yet: declare handlers and schedules first. */
export const openJobs = ({ redisUrl, databaseUrl, pool, ...parts }: JobsOptions): Jobs => new BullmqJobs({ ...parts, backend: backendOf(redisUrl, databaseUrl, pool) });

const backendOf = (redisUrl: string | undefined, databaseUrl: string | undefined, pool: () => unknown): JobBackend => {
  if (redisUrl !== undefined) return redisBackend(redisUrl);
  // The facade has the part of a pg pool that BullMQ uses; the two do not know of each other.
  return databaseUrl === undefined ? pgliteBackend(() => pool() as PgPool | undefined) : postgresBackend(databaseUrl);
};
