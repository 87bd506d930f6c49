import type { Queue } from 'bullmq';

/** A schedule whose next time is this far in the past, beyond its own interval, has lost its job. */
const LATE_MILLISECONDS = 60_000;

/** The schedules that this process declares. */
export class Schedules {
  private readonly every = new Map<string, number>();

  add(name: string, everyMs: number): void {
    if (!Number.isSafeInteger(everyMs) || everyMs < 1) throw new RangeError(`${name} can't be woken every ${everyMs} ms`);
    this.every.set(name, everyMs);
  }

  /**
   * Sets up what is missing, changed or stuck, and leaves the others in their rhythm: a restart does not fire them, and a
   * store that was emptied gets them back.
   */
  async keep(queue: Queue, now: number): Promise<void> {
    for (const [name, every] of this.every) {
      const kept = await queue.getJobScheduler(name); // oxlint-disable-line no-await-in-loop
      if (kept?.every === every && (kept.next ?? 0) > now - every - LATE_MILLISECONDS) continue;
      // oxlint-disable-next-line no-await-in-loop
      await queue.upsertJobScheduler(name, { every }, { name, data: {} });
    }
  }

  /** Those of former versions, which nobody handles any more. */
  async prune(queue: Queue): Promise<void> {
    for (const { key } of await queue.getJobSchedulers())
      if (!this.every.has(key)) await queue.removeJobScheduler(key); // oxlint-disable-line no-await-in-loop
  }
}
