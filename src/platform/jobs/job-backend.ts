import type { Job, Queue, Worker } from 'bullmq';
import type { JobsStatus } from '../../domain/ports/jobs.js';

/** A queue that answers. */
export interface OpenBackend {
  readonly queue: Queue;
  work(process: (job: Job) => Promise<void>): Worker;
  /** False while a connection that was lost is looked for again; BullMQ says nothing of it where it shares ours. */
  reached(): boolean;
  /** Called when the store is gone for good and has to be opened anew. */
  onLost(lost: (error: Error) => void): void;
  /** The connections; queue and worker have been closed before. */
  close(): Promise<void>;
}

/** What the jobs share with others is not there yet. Whoever opens it tells of its troubles. */
export class NotOpenYet extends Error {
  override readonly name = 'NotOpenYet';
}

/** Where reminders are kept. */
export interface JobBackend {
  readonly kind: JobsStatus['kind'];
  /** Rejects when it can't be reached now, with NotOpenYet when that is somebody else's affair; nothing is left open then. */
  open(queue: string): Promise<OpenBackend>;
}

/** A process that dies holds its jobs this long; a running handler renews the lock. */
const LOCK_MILLISECONDS = 30_000;

/** What has run leaves nothing behind: failures are in the log. */
export const workerOptions = {
  concurrency: 4, lockDuration: LOCK_MILLISECONDS, stalledInterval: LOCK_MILLISECONDS, maxStalledCount: 3,
  removeOnComplete: { count: 0 }, removeOnFail: { count: 0 },
} as const;
