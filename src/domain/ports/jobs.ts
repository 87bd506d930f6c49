/**
 * Runs one command. It may run beside itself, here and on other nodes, and again after it has succeeded. What it throws
 * is reported, and it is woken again at its next time.
 */
export type JobHandler = () => Promise<unknown>;

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
  /**
   * Wakes the handler every `everyMs`, on one node at a time, from the next start on; one for each name. Schedules that no code
   * declares any more are removed. Before `start`.
   */
  abstract schedule(name: string, everyMs: number, handler: JobHandler): void;
  /** Resolves when reminders are kept and handlers run, or when it was stopped meanwhile. Tries for as long as that takes. */
  abstract start(): Promise<void>;
  abstract status(): JobsStatus;
  /** No handler begins any more; those that run are waited for, within bounds. */
  abstract stop(): Promise<void>;
}
