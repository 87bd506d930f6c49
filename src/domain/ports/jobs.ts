/** Ids and words, no secret and nothing personal: it stands in the store of the queue until the job has run. */
export type JobPayload = Readonly<Record<string, string>>;

/**
 * Runs one command. It may run beside itself, here and on other nodes, and again after it has succeeded. What it throws
 * is reported, and it is woken again: soon when it was woken by `wake`, at the next time when by its schedule.
 */
export type JobHandler = (payload: JobPayload) => Promise<unknown>;

/** The reminder was not kept. What must not be forgotten stands in the ledger, where a scheduled job finds it. */
export class JobsUnavailable extends Error {
  override readonly name = 'JobsUnavailable';
}

export interface JobsStatus {
  readonly kind: 'redis' | 'postgresql';
  readonly state: 'stopped' | 'connecting' | 'running';
  /** Why it does not run, when it should; nothing secret. */
  readonly problem?: string;
}

/**
 * Reminders. A job wakes a command and carries no truth of its own: when all jobs are lost, every schedule is set up again
 * at the next start and its command looks into the ledger for what is due.
 */
export abstract class Jobs {
  /** What runs when `name` is woken; one handler for each name. Before `start`. */
  abstract register(name: string, handler: JobHandler): void;
  /** Wakes `name` every `everyMs`, one node at a time, from the next start on. Schedules that no code declares any more are removed. Before `start`. */
  abstract schedule(name: string, everyMs: number): void;
  /**
   * Wakes `name` once, as soon as a node is free. While a job with this `dedupeId` waits, another one is not added; while
   * it runs, one more is kept for afterwards, so that what it no longer saw is seen then. Rejects with JobsUnavailable.
   */
  abstract wake(name: string, payload: JobPayload, options: { readonly dedupeId: string }): Promise<void>;
  /** Resolves when reminders are kept and handlers run, or when it was stopped meanwhile. Tries for as long as that takes. */
  abstract start(): Promise<void>;
  abstract status(): JobsStatus;
  /** No handler begins any more; those that run are waited for, within bounds. */
  abstract stop(): Promise<void>;
}
