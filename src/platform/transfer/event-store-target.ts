import { type Position, START, isAfter } from '../../domain/kernel/event.js';
import { LedgerUnavailable, MAX_APPEND_BYTES, WrongExpectedRevision } from '../../domain/ports/ledger.js';
import { EventStoreLedger } from '../ledger/event-store-ledger.js';
import type { KeptEvent, KeptPage } from '../ledger/kept-log.js';
import { Unanswered } from '../patience.js';
import { bytesOf } from '../ledger/stored-event.js';
import { type LedgerTarget, NotACopy, Unsettled } from './ledger-target.js';

const MOST_EVENTS_TOGETHER = 500;
/** Hundreds of appends wait for the server at once, and the last of them for all the others. */
const CALL_TIMEOUT = 30_000;

/**
 * An event store that is being filled. Many appends are under way at once: they leave in order over one connection, and
 * the server takes them in that order. That it did is not believed but looked at: places have to go up as revisions do.
 */
export class EventStoreTarget implements LedgerTarget {
  private constructor(private readonly ledger: EventStoreLedger) {}

  /** Rejects with LedgerUnavailable when no server answers. */
  static async connect(url: string): Promise<EventStoreTarget> {
    return new EventStoreTarget(await EventStoreLedger.connect({ url, callTimeout: CALL_TIMEOUT }));
  }

  async write(events: readonly KeptEvent[]): Promise<Position> {
    const [first, ...others] = runsOf(events);
    // The client opens its connection with the first append, and what is sent before it is open overtakes.
    const opened = await Promise.allSettled([this.append(first!)]);
    const outcomes = [...opened, ...(await Promise.allSettled(opened[0].status === 'fulfilled' ? others.map((run) => this.append(run)) : []))];
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    const definite = reasons.find((reason) => !isUnsettled(reason));
    if (definite) throw definite;
    if (reasons[0]) throw new Unsettled(reasons[0].message, { cause: reasons[0] });
    const places = outcomes.map((outcome) => (outcome as PromiseFulfilledResult<Position>).value);
    return places.reduce((before, place) => {
      if (!isAfter(place, before)) throw new NotACopy('The event store has taken the events in another order. Begin again with an empty one.');
      return place;
    }, START);
  }

  readKept(after: Position, limit: number): Promise<KeptPage> {
    return this.ledger.readKept(after, limit);
  }

  head(): Promise<Position> {
    return this.ledger.head();
  }

  close(): Promise<void> {
    return this.ledger.close();
  }

  private async append(run: readonly KeptEvent[]): Promise<Position> {
    const { stream, revision } = run[0]!;
    return (await this.ledger.appendKept(stream, revision === 0 ? 'none' : revision - 1, run)).position;
  }
}

/** What a server that was away or began anew may answer; what stands there tells more. */
const isUnsettled = (error: Error): boolean =>
  error instanceof Unanswered || error instanceof WrongExpectedRevision || error instanceof LedgerUnavailable;

/** Events of one stream that stand next to each other: the server's cost is by the append. */
const runsOf = (events: readonly KeptEvent[]): readonly (readonly KeptEvent[])[] => {
  const runs: KeptEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const run = runs.at(-1);
    const size = bytesOf([event]);
    if (run && run[0]!.stream === event.stream && run.length < MOST_EVENTS_TOGETHER && bytes + size <= MAX_APPEND_BYTES) {
      run.push(event);
      bytes += size;
    } else {
      runs.push([event]);
      bytes = size;
    }
  }
  return runs;
};
