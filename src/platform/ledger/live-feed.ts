import { setTimeout } from 'node:timers';
import { type Position, type RecordedEvent, isAfter } from '../../domain/kernel/event.js';
import { type Ledger, type LedgerFilter, type LedgerPage, type LedgerSubscription, LedgerUnavailable } from '../../domain/ports/ledger.js';
import { passes } from './stored-event.js';
import { SubscriptionQueue } from './subscription-queue.js';

const PAGE = 512;
/** Beyond this many undelivered events a reader is slow, and reads from the store instead of filling the memory. */
const MOST_QUEUED = 4_096;
const RETRY_MILLISECONDS = 250;

/** The subscriptions of a store whose one writer is this process: history is read, what is new comes from memory. */
export class LiveFeed {
  private readonly subscriptions = new Set<FeedSubscription>();
  private closed = false;

  /** `position`: everything up to here is in the store; what comes later is published. */
  constructor(
    private published: Position,
    readonly readAll: Ledger['readAll'],
  ) {}

  get position(): Position {
    return this.published;
  }

  get hasSubscribers(): boolean {
    return this.subscriptions.size > 0;
  }

  /** Call in the ledger's order. A hole before a batch (the store was opened anew) sends readers to the store. */
  publish(before: Position, events: readonly RecordedEvent[], position: Position): void {
    const continues = before === this.published;
    this.published = position;
    for (const subscription of this.subscriptions) {
      if (continues) subscription.push(events);
      else subscription.fallBack();
    }
  }

  subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription {
    const subscription: FeedSubscription = new FeedSubscription(this, after, filter, () => this.subscriptions.delete(subscription));
    this.subscriptions.add(subscription);
    if (this.closed) subscription.queue.close();
    return subscription.queue;
  }

  close(): void {
    this.closed = true;
    for (const { queue } of this.subscriptions) queue.close();
  }
}

/** One reader's place. Everything up to `cursor` was delivered or is in the queue. */
class FeedSubscription {
  readonly queue: SubscriptionQueue;
  private live = false;
  private reading = false;
  private failed = false;

  constructor(
    private readonly feed: LiveFeed,
    private cursor: Position,
    private readonly filter: LedgerFilter | undefined,
    detach: () => void,
  ) {
    this.queue = new SubscriptionQueue({
      // The next page is fetched while this one is worked on.
      wanted: () => !this.live && this.queue.size < PAGE / 2 && void this.read(),
      closed: detach,
    });
  }

  push(events: readonly RecordedEvent[]): void {
    if (!this.live) return;
    if (this.queue.size + events.length > MOST_QUEUED) return this.fallBack();
    for (const event of events) {
      // A page may have shown more than was published then.
      if (!isAfter(event.position, this.cursor)) continue;
      this.cursor = event.position;
      if (passes(this.filter, event.stream)) this.queue.put({ kind: 'event', event });
    }
  }

  /** Goes on from the store; what is queued is delivered first. */
  fallBack(): void {
    this.live = false;
    if (this.queue.isWaitedFor) void this.read();
  }

  private async read(): Promise<void> {
    if (this.live || this.reading || this.failed) return;
    this.reading = true;
    try {
      do await this.readPage();
      while (!this.live && !this.queue.isClosed && this.queue.size === 0);
    } catch (error) {
      this.failed = true;
      this.queue.fail(error as Error);
    } finally {
      this.reading = false;
    }
  }

  private async readPage(): Promise<void> {
    const page = await this.feed.readAll(this.cursor, PAGE, this.filter).catch((error: unknown): LedgerPage | undefined => {
      if (error instanceof LedgerUnavailable) return undefined;
      throw error;
    });
    if (!page) return new Promise((retry) => void setTimeout(retry, RETRY_MILLISECONDS).unref());
    for (const event of page.events) this.queue.put({ kind: 'event', event });
    this.cursor = page.next;
    // Until the end of this turn nothing can be published: no gap at the hand-over, and no repetition.
    if (page.atEnd && !isAfter(this.feed.position, this.cursor)) {
      this.live = true;
      this.queue.put({ kind: 'caughtUp', position: this.cursor });
    }
  }
}
