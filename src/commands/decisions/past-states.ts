import { type Position, isAfter } from '../../domain/kernel/event.js';
import type { Ledger } from '../../domain/ports/ledger.js';
import type { Fold } from '../live-entry.js';
import type { Soon } from '../soon.js';

/** How much of a stream had been seen: so many events, or all before a place in the log. */
export type Seen = { readonly count: number } | { readonly before: Position };

/** One stream's fold after each of its events. */
interface Past {
  readonly states: unknown[];
  readonly positions: Position[];
  tenant: string | undefined;
  /** Of which reading of the log it is; a later one may have more. */
  reading: number;
}

const MOST_STREAMS = 20_000;

/** What short streams said at any moment, from the ledger alone. Each stream is read once and kept while there is room. */
export class PastStates {
  private readonly kept = new Map<string, Past>();
  private reading = 0;

  constructor(private readonly ledger: Ledger) {}

  /** More of the log has been read: what is asked for by place may lie behind what is kept. */
  readOn(): void {
    this.reading += 1;
    if (this.kept.size > MOST_STREAMS) this.kept.clear();
  }

  /** Another tenant's stream reads as one that does not exist. */
  at<S>(fold: Fold<S>, stream: string, tenant: string, seen: Seen): Soon<S> {
    const past = this.kept.get(stream) ?? this.begin(stream);
    const isShort = 'count' in seen ? past.states.length < seen.count : past.reading < this.reading;
    // Nearly all of it is here: hundreds of thousands of decisions do not each wait for what is known.
    return isShort ? this.extend(past, fold, stream).then(() => this.stateOf(past, fold, { stream, tenant, seen })) : this.stateOf(past, fold, { stream, tenant, seen });
  }

  private stateOf<S>(past: Past, fold: Fold<S>, { stream, tenant, seen }: { readonly stream: string; readonly tenant: string; readonly seen: Seen }): S {
    const count = 'count' in seen ? seen.count : countBefore(past.positions, seen.before);
    if (count === 0 || past.tenant !== tenant) return fold.initial;
    if (count > past.states.length) throw new Error(`stream ${stream} has ${past.states.length} events, and ${count} were seen`);
    return past.states[count - 1] as S;
  }

  private begin(stream: string): Past {
    const past = { states: [], positions: [], tenant: undefined, reading: -1 };
    this.kept.set(stream, past);
    return past;
  }

  private async extend<S>(past: Past, fold: Fold<S>, stream: string): Promise<void> {
    for (const event of await this.ledger.readStream(stream, past.states.length)) {
      past.states.push(fold.evolve((past.states.at(-1) as S | undefined) ?? fold.initial, event as never));
      past.positions.push(event.position);
      past.tenant ??= event.tenant;
    }
    past.reading = this.reading;
  }
}

/** How many of the ordered places lie before this one. */
const countBefore = (positions: readonly Position[], place: Position): number => {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAfter(place, positions[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
};

