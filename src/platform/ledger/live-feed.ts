import { setTimeout } from 'node:timers';
import { type Position, type RecordedEvent, isAfter } from '../../domain/kernel/event.js';
import { type Ledger, type LedgerFilter, type LedgerSubscription, LedgerUnavailable, type SubscriptionItem } from '../../domain/ports/ledger.js';
import { passes } from './stored-event.js';

type ReadAll = Ledger['readAll'];
type Next = IteratorResult<SubscriptionItem, undefined>;

const PAGE = 512;
/** Beyond this many undelivered events a subscriber is slow, and reads from the store instead of filling the memory. */
const MOST_BUFFERED = 4_096;
const RETRY_MILLISECONDS = 250;
const DONE: Next = { done: true, value: undefined };

/** The subscriptions of a store whose one writer is this process: history is read, what is new comes from memory. */
export class LiveFeed {
  private readonly subscriptions = new Set<FeedSubscription>();
  private closed = false;

  /** `position`: everything up to here is in the store; what comes later is published. */
  constructor(private position: Position, private readonly readAll: ReadAll) {}

  get hasSubscribers(): boolean {
    return this.subscriptions.size > 0;
  }

  /** Call in the ledger's order. A hole between batches (the store was opened anew) sends subscribers to the store. */
  publish(before: Position, events: readonly RecordedEvent[], position: Position): void {
    const continues = before === this.position;
    this.position = position;
    for (const subscription of this.subscriptions) {
      if (continues) subscription.push(events);
      else subscription.fallBack();
    }
  }

  subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription {
    const subscription: FeedSubscription = new FeedSubscription(after, filter, this.readAll, () => this.position, () => this.subscriptions.delete(subscription));
    this.subscriptions.add(subscription);
    if (this.closed) subscription.close();
    return subscription;
  }

  close(): void {
    this.closed = true;
    for (const subscription of this.subscriptions) subscription.close();
  }
}

/** One reader's place. Everything up to `cursor` was delivered or is in the buffer. */
class FeedSubscription implements LedgerSubscription, AsyncIterator<SubscriptionItem, undefined> {
  private buffer: SubscriptionItem[] = [];
  private taken = 0;
  private live = false;
  private reading = false;
  private ended = false;
  private failure: Error | undefined;
  private waiting: { resolve: (next: Next) => void; reject: (error: Error) => void }[] = [];

  constructor(
    private cursor: Position, private readonly filter: LedgerFilter | undefined, private readonly readAll: ReadAll,
    private readonly published: () => Position, private readonly detach: () => void,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Next> {
    if (this.taken < this.buffer.length) {
      const value = this.take();
      // The next page is fetched while this one is worked on.
      if (!this.live && this.buffered < PAGE / 2) void this.read();
      return Promise.resolve({ done: false, value });
    }
    if (this.failure) {
      const error = this.failure;
      this.close();
      return Promise.reject(error);
    }
    if (this.ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      if (!this.live) void this.read();
    });
  }

  return(): Promise<Next> {
    this.close();
    return Promise.resolve(DONE);
  }

  close(): void {
    this.ended = true;
    this.failure = undefined;
    this.buffer = [];
    this.taken = 0;
    this.detach();
    for (const { resolve } of this.waiting.splice(0)) resolve(DONE);
  }

  push(events: readonly RecordedEvent[]): void {
    if (!this.live) return;
    if (this.buffered + events.length > MOST_BUFFERED) return this.fallBack();
    for (const event of events) {
      // A page may have shown more than was published then.
      if (!isAfter(event.position, this.cursor)) continue;
      this.cursor = event.position;
      if (passes(this.filter, event.stream)) this.buffer.push({ kind: 'event', event });
    }
    this.hand();
  }

  /** Goes on from the store; what is buffered is still delivered first. */
  fallBack(): void {
    this.live = false;
    if (this.waiting.length > 0) void this.read();
  }

  private get buffered(): number {
    return this.buffer.length - this.taken;
  }

  private take(): SubscriptionItem {
    const item = this.buffer[this.taken]!;
    this.taken += 1;
    if (this.taken === this.buffer.length) {
      this.buffer = [];
      this.taken = 0;
    }
    return item;
  }

  private hand(): void {
    while (this.waiting.length > 0 && this.taken < this.buffer.length) this.waiting.shift()!.resolve({ done: false, value: this.take() });
  }

  private async read(): Promise<void> {
    if (this.reading || this.failure || this.ended) return;
    this.reading = true;
    try {
      do await this.readPage();
      while (!this.live && !this.ended && this.buffered === 0);
    } catch (error) {
      this.fail(error as Error);
    } finally {
      this.reading = false;
    }
  }

  /** What is buffered still goes out; then the reader learns why there is no more. */
  private fail(error: Error): void {
    const waiter = this.waiting.shift();
    if (!waiter) this.failure = error;
    else {
      waiter.reject(error);
      this.close();
    }
  }

  private async readPage(): Promise<void> {
    const page = await this.readAll(this.cursor, PAGE, this.filter).catch((error: unknown) => {
      if (!(error instanceof LedgerUnavailable)) throw error;
      return undefined;
    });
    if (this.ended) return;
    if (!page) return new Promise((retry) => void setTimeout(retry, RETRY_MILLISECONDS).unref());
    for (const event of page.events) this.buffer.push({ kind: 'event', event });
    this.cursor = page.next;
    // From here on to the end of this turn nothing can be published: no gap at the hand-over, and no repetition.
    if (page.atEnd && !isAfter(this.published(), this.cursor)) {
      this.live = true;
      this.buffer.push({ kind: 'caughtUp', position: this.cursor });
    }
    this.hand();
  }
}
