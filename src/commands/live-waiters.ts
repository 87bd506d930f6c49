import { type Position, type RecordedEvent, isAfter } from '../domain/kernel/event.js';
import type { Clock } from '../domain/ports/clock.js';
import { LedgerUnavailable } from '../domain/ports/ledger.js';
import type { LiveEntry } from './live-entry.js';

interface Waiter {
  readonly since: number;
  readonly relied: readonly LiveEntry[];
  readonly check: (event: RecordedEvent) => void;
  readonly failed: (error: Error) => void;
}

/** Those who wait until the live state has applied an event, an event of a stream, or everything up to a position. */
export class LiveWaiters {
  private ofEvents = new Map<string, Waiter>();
  private readonly ofStreams = new Map<string, Set<() => void>>();
  private readonly ofPositions = new Set<{ readonly position: Position; readonly done: () => void }>();

  constructor(private readonly clock: Clock) {}

  /** For exactly this event, with `LiveState.at`'s promises. */
  at(eventId: string, relied: readonly LiveEntry[], check: (event: RecordedEvent) => void, failed: (error: Error) => void): void {
    for (const entry of relied) entry.pins += 1;
    this.ofEvents.set(eventId, { since: this.clock.now(), relied, check, failed });
  }

  cancel(eventId: string, error: Error): void {
    this.taken(eventId)?.failed(error);
  }

  /** For a position that has not been reached yet; false when it is not within `timeout` milliseconds. */
  reached(position: Position, timeout: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter = { position, done: () => finish(true) };
      const timer = setTimeout(() => finish(false), timeout);
      const finish = (answer: boolean): void => {
        clearTimeout(timer);
        this.ofPositions.delete(waiter);
        resolve(answer);
      };
      this.ofPositions.add(waiter);
    });
  }

  /** For the next event of this stream, or `timeout` milliseconds. */
  changed(stream: string, timeout: number): Promise<void> {
    const waiters = this.ofStreams.get(stream) ?? new Set();
    this.ofStreams.set(stream, waiters);
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(), timeout);
      const done = (): void => {
        clearTimeout(timer);
        waiters.delete(done);
        if (waiters.size === 0) this.ofStreams.delete(stream);
        resolve();
      };
      waiters.add(done);
    });
  }

  /** Everything up to here has been applied. */
  arrived(position: Position): void {
    for (const waiting of this.ofPositions) if (!isAfter(waiting.position, position)) waiting.done();
  }

  /** Exactly the events up to and including this one have been applied. */
  applied(event: RecordedEvent): void {
    const waiter = this.taken(event.id);
    if (waiter) {
      try {
        waiter.check(event);
      } catch (error) {
        waiter.failed(error as Error);
      }
    }
    if (this.ofStreams.size > 0) this.ofStreams.get(event.stream)?.forEach((done) => done());
  }

  /** Ends those for events that have waited since before `limit`, the longest first. */
  giveUp(limit: number, missed: (since: number) => void): void {
    for (const [eventId, { since }] of this.ofEvents) {
      if (since > limit) break;
      missed(since);
      this.cancel(eventId, new LedgerUnavailable('the ledger has not shown our own event within 2 s'));
    }
  }

  /**
   * Much comes and goes there, and each table that a map outgrows refers to the next: once one is in the old generation, the
   * collector keeps all that follow and the requests in them, 3 KB for each token. A new map begins without.
   */
  renew(): void {
    this.ofEvents = new Map(this.ofEvents);
  }

  /** The waiter for this event, which waits no longer. */
  private taken(eventId: string): Waiter | undefined {
    const waiter = this.ofEvents.get(eventId);
    if (!waiter) return undefined;
    this.ofEvents.delete(eventId);
    for (const entry of waiter.relied) entry.pins -= 1;
    return waiter;
  }
}
