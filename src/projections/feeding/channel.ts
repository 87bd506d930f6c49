import { type Position, type RecordedEvent, isAfter } from '../../domain/kernel/event.js';
import { type Ledger, LedgerUnavailable, type SubscriptionItem } from '../../domain/ports/ledger.js';
import { isTransient } from '../database-problem.js';
import { pause } from '../pause.js';
import { Batches, SubscriptionFailed } from './batches.js';
import { type Feed, Fenced } from './feed.js';
import { firstUnknown } from './unknown-event.js';

/** What becomes of feeds; told to the runner. */
export interface ChannelEvents {
  moved(): void;
  /** Everything that is in the ledger now has been applied. */
  caughtUp(feed: Feed): Promise<void>;
  /** Another process has taken this feed's place. */
  fenced(feed: Feed): void;
  /** It can't go on. */
  stopped(feed: Feed, problem: Error): void;
  /** The database does not answer; it is tried again. */
  waiting(problem: Error): void;
}

/** Larger batches cost less per event; but on PGlite whoever reads waits for the batches in front of him. */
const MOST_EVENTS = 2_000;
/** Until the ledger has been read once: what is built is not asked yet, and much is to be done. */
const MOST_EVENTS_BUILDING = 10_000;
/** A quiet ledger is applied at once; a busy one in batches, which cost far less per event. */
const MILLISECONDS_BETWEEN = 20;
const RETRY_MILLISECONDS = [100, 250, 1_000, 2_500] as const;

/** One subscription and the feeds that drink from it. */
export class Channel {
  private readonly batches: Batches;
  private inHand: readonly SubscriptionItem[] = [];
  private isLive = false;
  private readonly stopped = new AbortController();

  constructor(ledger: Ledger, readonly feeds: Set<Feed>, after: Position, private readonly told: ChannelEvents) {
    this.batches = new Batches(ledger.subscribe(after));
  }

  /** When the oldest event was recorded that is here and stands after `position`; undefined when there is none. */
  waitingSince(position: Position): string | undefined {
    const waiting = this.inHand.find((item) => item.kind === 'event' && isAfter(item.event.position, position)) ?? this.batches.oldest;
    return waiting?.kind === 'event' ? waiting.event.recordedAt : undefined;
  }

  /** Until it is stopped or no feed is left. Rejects when the whole of it has to be begun anew. */
  async run(): Promise<void> {
    try {
      for (let items = await this.next(); items; items = await this.next()) {
        this.inHand = items;
        await this.applyUntilDone(items);
        this.inHand = [];
        if (items.length < this.mostEvents && this.isLive) await pause(MILLISECONDS_BETWEEN, this.stopped.signal);
      }
    } catch (error) {
      if (!(error instanceof SubscriptionFailed) || error.cause instanceof LedgerUnavailable) throw error;
      this.stopAll(error);
    } finally {
      this.batches.close();
    }
  }

  /** What is being applied is finished or rolled back by its own. */
  stop(): void {
    this.stopped.abort();
    this.batches.close();
  }

  private get isStopping(): boolean {
    return this.stopped.signal.aborted;
  }

  private get mostEvents(): number {
    return this.isLive ? MOST_EVENTS : MOST_EVENTS_BUILDING;
  }

  private async next(): Promise<readonly SubscriptionItem[] | undefined> {
    if (this.isStopping || this.feeds.size === 0) return undefined;
    const items = await this.batches.take(this.mostEvents);
    return this.isStopping ? undefined : items;
  }

  /** The database may be away for a while: the batch waits, and what was applied of it is not applied again. */
  private async applyUntilDone(items: readonly SubscriptionItem[]): Promise<void> {
    for (let attempt = 0; !this.isStopping; attempt += 1) {
      try {
        return await this.apply(items);
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.told.waiting(error as Error);
        await pause(RETRY_MILLISECONDS[Math.min(attempt, RETRY_MILLISECONDS.length - 1)]!, this.stopped.signal);
      }
    }
  }

  private async apply(items: readonly SubscriptionItem[]): Promise<void> {
    const unknown = firstUnknown(items);
    const known = unknown ? items.slice(0, unknown.at) : items;
    await this.applyKnown(known);
    if (unknown) this.stopAll(unknown.problem);
    if (known.some(({ kind }) => kind === 'caughtUp')) this.isLive = true;
    if (this.isLive) for (const feed of this.feeds) if (feed.build === 'next') await this.whileOurs(feed, () => this.told.caughtUp(feed)); // oxlint-disable-line no-await-in-loop
    this.told.moved();
  }

  private async applyKnown(items: readonly SubscriptionItem[]): Promise<void> {
    const events = items.flatMap((item) => (item.kind === 'event' ? [item.event] : []));
    const last = items.at(-1);
    if (!last) return;
    const position = last.kind === 'event' ? last.event.position : last.position;
    // Settled, not raced: a batch that is tried again must not meet its own first attempt.
    const results = await Promise.allSettled([...this.feeds].map((feed) => this.whileOurs(feed, () => this.applyTo(feed, events, position))));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason as Error;
  }

  private async applyTo(feed: Feed, events: readonly RecordedEvent[], position: Position): Promise<void> {
    if (!isAfter(position, feed.position)) return;
    feed.look(events);
    const concerning = feed.take(events);
    await (concerning.length > 0 ? feed.apply(concerning, position) : feed.pass(position));
  }

  private async whileOurs(feed: Feed, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      this.feeds.delete(feed);
      this.told.fenced(feed);
    }
  }

  /** An event that this version does not know, or can't even read: to skip it could be to skip a suspension. */
  private stopAll(problem: Error): void {
    for (const feed of this.feeds) this.told.stopped(feed, problem);
    this.feeds.clear();
  }
}
