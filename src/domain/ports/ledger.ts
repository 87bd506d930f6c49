import type { NewEvent, Position, RecordedEvent } from '../kernel/event.js';

/**
 * What a stream must look like for an append to happen: 'none' (nobody has written to it), an exact last revision, or
 * 'any' (no check; only for append-only records whose duplicates are told apart by event id).
 */
export type Expected = 'none' | 'any' | number;

export interface Appended {
  /** Revision of the last event of this append. */
  readonly revision: number;
  /** Position of the last event of this append, or of one behind it in the stream that became durable together with it. */
  readonly position: Position;
}

/** Only events of streams whose names begin with one of these; absent = all events. System streams never appear. */
export interface LedgerFilter {
  readonly streamPrefixes?: readonly string[];
}

export interface LedgerPage {
  readonly events: readonly RecordedEvent[];
  /** Pass as `after` to go on. Moves forward also over events that the filter hid. */
  readonly next: Position;
  /** True when the page reached the end of the ledger as it was then. */
  readonly atEnd: boolean;
}

export type SubscriptionItem =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  /** Everything up to the ledger's head at the time has been delivered; sent again after each reconnect. */
  | { readonly kind: 'caughtUp'; readonly position: Position };

/** `for await` it; `break`, `return()` or `close()` ends it. */
export interface LedgerSubscription extends AsyncIterable<SubscriptionItem> {
  /** The next item, taken, when it is here already: for a reader that has just got one and works on all that came with it. */
  ready?(): SubscriptionItem | undefined;
  close(): void;
}

/** The append lost a race: the stream is not at the expected revision. Nothing was written. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  constructor(readonly stream: string, readonly expected: Expected, readonly actual: number | 'none') {
    super(`stream ${stream} is at ${actual}, not at ${expected}`);
  }
}

/** The store can't be reached or did not answer. Nothing may be issued; whoever waits gets 503 and Retry-After. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
}

/**
 * What stands in the store is not what this version reads: an event that it does not know, or a damaged page. It is never
 * skipped, for it could be a suspension: whoever waits gets 503, and somebody has to look.
 */
export class LedgerUnreadable extends Error {
  override readonly name: string = 'LedgerUnreadable';
}

/** The events can't be stored whatever one does (larger than 1 MiB in one append, not JSON). Nothing was written. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
}

/** Most bytes of data and metadata in one append. */
export const MAX_APPEND_BYTES = 1_048_576;

/**
 * The log. Every method's promise is a case of test/contracts/ledger.contract.ts and holds on every adapter.
 */
export abstract class Ledger {
  /**
   * Resolves only when the events are durable; they stand next to each other in one stream, all or none.
   * Two callers with the same exact expectation: one wins, the other gets WrongExpectedRevision.
   * The same event ids with the same expectation again: success with the original revision and position, even when
   * other events have followed, so a retry after an unknown outcome is safe. Adapters do that retry themselves.
   * An append whose outcome stays unknown, or that can't be done now, rejects with LedgerUnavailable.
   */
  abstract append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended>;

  /** The stream's events from `from` (default 0) in order, at most `limit`; an unknown stream is empty. Rejects with LedgerUnreadable where one of them is. */
  abstract readStream(stream: string, from?: number, limit?: number): Promise<readonly RecordedEvent[]>;

  /** At most `limit` events after `after`, in the one total order, without gaps or repetitions. */
  abstract readAll(after: Position, limit: number, filter?: LedgerFilter): Promise<LedgerPage>;

  /**
   * Every event after `after`, in order, each exactly once, first from history and then live, across reconnects; the
   * adapter resumes by itself. Ends only by `close()` or the ledger's own.
   */
  abstract subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription;

  /** Position of the last event; START when empty. */
  abstract head(): Promise<Position>;

  /** Waits for appends in flight, ends subscriptions, releases the store. */
  abstract close(): Promise<void>;
}
