import type { Position, RecordedEvent } from '../domain/kernel/event.js';
import type { Ledger } from '../domain/ports/ledger.js';

const PAGE = 1_000;

/** The part of a decider that reading needs; it takes whatever the stream holds. */
export interface Fold<S> {
  readonly initial: S;
  evolve(state: S, event: never): S;
}

/** The fold of one stream, kept up to date by the subscription. */
export class LiveEntry<S = unknown> {
  /** -1 while the stream has no events. */
  revision = -1;
  position: Position = '';
  tenant: string | undefined;
  state: S;
  /** False once the live state has let go of it: it is not advanced any more, and nothing may be decided on it. */
  current = true;
  /** Asked for since it was last considered for dropping. */
  used = true;
  /** Admissions under way that look at this entry: it may not be dropped while there are any. */
  pins = 0;
  /** Events that arrive while the history is being read. */
  pending: RecordedEvent[] | undefined = [];

  constructor(readonly stream: string, private readonly how: Fold<S>) {
    this.state = how.initial;
  }

  /** False when an event between this one and the last is missing; older ones are ignored, since reads overlap. */
  apply(event: RecordedEvent): boolean {
    return this.pending ? this.pending.push(event) > 0 : this.take(event);
  }

  /** Part of the history; what arrives meanwhile still waits. */
  takeAll(history: readonly RecordedEvent[]): boolean {
    return history.every((event) => this.take(event));
  }

  /** Takes the rest of the history, then what arrived meanwhile. */
  settle(history: readonly RecordedEvent[]): boolean {
    const arrived = this.pending ?? [];
    this.pending = undefined;
    return this.takeAll(history) && this.takeAll(arrived);
  }

  private take(event: RecordedEvent): boolean {
    if (event.revision <= this.revision) return true;
    if (event.revision !== this.revision + 1) return false;
    this.state = this.how.evolve(this.state, event as never);
    this.revision = event.revision;
    this.position = event.position;
    this.tenant ??= event.tenant;
    return true;
  }
}

/** In pages: what an agent did may be a million events, and its fold is small. False when there was a gap. */
export const readHistory = async (ledger: Ledger, entry: LiveEntry): Promise<boolean> => {
  for (let from = 0; ; from += PAGE) {
    const page = await ledger.readStream(entry.stream, from, PAGE);
    if (page.length < PAGE) return entry.settle(page);
    if (!entry.takeAll(page)) return false;
  }
};
