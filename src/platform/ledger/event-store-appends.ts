import type { NewEvent } from '../../domain/kernel/event.js';
import { type Appended, type Expected, LedgerUnavailable, MAX_APPEND_BYTES, WrongExpectedRevision } from '../../domain/ports/ledger.js';
import { RecentIds } from './recent-ids.js';

interface WaitingAppend {
  readonly expected: Expected;
  readonly events: readonly NewEvent[];
  readonly bytes: number;
  resolve(appended: Appended): void;
  reject(error: Error): void;
}
interface Lane {
  readonly stream: string;
  readonly waiting: WaitingAppend[];
}

const MOST_WAITING = 50_000;
/** More than this at once only fills the server's queue, and then answers come later than our timers. */
const MOST_IN_FLIGHT = 128;
const MOST_EVENTS_TOGETHER = 500;

/**
 * One append at a time for each stream, many streams at a time. What waits behind an append in flight leaves together as
 * one, where it expects nothing: three to four times the rate, since the server's cost is by the append.
 */
export class EventStoreAppends {
  private readonly lanes = new Map<string, Lane>();
  private readonly ready: Lane[] = [];
  /** Ids that went out before: their appends are retries, for which the server looks only at the first of an append. */
  private readonly sent = new RecentIds();
  private inFlight = 0;
  private waiting = 0;
  private idle: (() => void)[] = [];
  readonly statistics = { sent: 0, appends: 0 };

  /** `send` repeats until the outcome is certain. */
  constructor(private readonly send: (stream: string, expected: Expected, events: readonly NewEvent[]) => Promise<Appended>) {}

  add(stream: string, append: Omit<WaitingAppend, 'resolve' | 'reject'>): Promise<Appended> {
    if (this.waiting >= MOST_WAITING) return Promise.reject(new LedgerUnavailable('too many appends wait for the event store'));
    this.waiting += 1;
    this.statistics.appends += 1;
    return new Promise((resolve, reject) => {
      const lane = this.lanes.get(stream);
      if (lane) return void lane.waiting.push({ ...append, resolve, reject });
      const opened: Lane = { stream, waiting: [{ ...append, resolve, reject }] };
      this.lanes.set(stream, opened);
      this.ready.push(opened);
      this.pump();
    });
  }

  /** Resolves when nothing waits and nothing is in flight. */
  async drained(): Promise<void> {
    if (this.waiting > 0) await new Promise<void>((resolve) => void this.idle.push(resolve));
  }

  private pump(): void {
    while (this.inFlight < MOST_IN_FLIGHT && this.ready.length > 0) void this.run(this.ready.shift()!);
  }

  private async run(lane: Lane): Promise<void> {
    this.inFlight += 1;
    const batch = this.takeTogether(lane);
    for (const { events } of batch) for (const { id } of events) this.sent.add(lane.stream, id, 0);
    await this.settle(lane.stream, batch);
    this.inFlight -= 1;
    this.waiting -= batch.length;
    if (lane.waiting.length > 0) this.ready.push(lane);
    else this.lanes.delete(lane.stream);
    if (this.waiting === 0) for (const resolve of this.idle.splice(0)) resolve();
    this.pump();
  }

  private async settle(stream: string, batch: readonly WaitingAppend[]): Promise<void> {
    this.statistics.sent += 1;
    try {
      const { revision, position } = await this.send(
        stream,
        batch[0]!.expected,
        batch.flatMap(({ events }) => events),
      );
      let behind = 0;
      for (const { events, resolve } of batch.toReversed()) {
        resolve({ revision: revision - behind, position });
        behind += events.length;
      }
    } catch (error) {
      if (batch.length > 1 && error instanceof WrongExpectedRevision) return this.settleOneByOne(stream, batch);
      for (const { reject } of batch) reject(error as Error);
    }
  }

  /** One of them retries what another process wrote; alone it gets its original answer, and the others are written. */
  private async settleOneByOne(stream: string, batch: readonly WaitingAppend[]): Promise<void> {
    for (const append of batch) await this.settle(stream, [append]);
  }

  private takeTogether({ stream, waiting }: Lane): readonly WaitingAppend[] {
    const ids = new Set<string>();
    let [count, bytes] = [0, 0];
    for (const append of waiting) {
      const goesAlone =
        append.expected !== 'any' || append.events.some(({ id }) => ids.has(id) || this.sent.revisionOf(stream, id) !== undefined);
      const fits = bytes + append.bytes <= MAX_APPEND_BYTES && ids.size + append.events.length <= MOST_EVENTS_TOGETHER;
      if (count > 0 && (goesAlone || !fits)) break;
      for (const { id } of append.events) ids.add(id);
      bytes += append.bytes;
      count += 1;
      if (goesAlone) break;
    }
    return waiting.splice(0, count);
  }
}
