import type { LedgerSubscription, SubscriptionItem } from '../../domain/ports/ledger.js';

type Next = IteratorResult<SubscriptionItem, undefined>;
const DONE: Next = { done: true, value: undefined };

export interface QueueOwner {
  /** The reader has taken an item, or waits for one. */
  wanted(): void;
  /** The reader is gone; called once. */
  closed(): void;
}

/** The items of one subscription on the way to its reader. The owner minds its size. */
export class SubscriptionQueue implements LedgerSubscription, AsyncIterator<SubscriptionItem, undefined> {
  private items: SubscriptionItem[] = [];
  private taken = 0;
  private readers: { resolve(next: Next): void; reject(error: Error): void }[] = [];
  private failure: Error | undefined;
  private ended = false;

  constructor(private readonly owner: QueueOwner) {}

  get size(): number {
    return this.items.length - this.taken;
  }

  get isWaitedFor(): boolean {
    return this.readers.length > 0;
  }

  get isClosed(): boolean {
    return this.ended;
  }

  put(item: SubscriptionItem): void {
    if (this.ended) return;
    const reader = this.readers.shift();
    if (reader) reader.resolve({ done: false, value: item });
    else this.items.push(item);
  }

  /** What was put before still goes out; then the reader learns why there is no more. */
  fail(error: Error): void {
    const reader = this.readers.shift();
    if (!reader) this.failure = error;
    else {
      reader.reject(error);
      this.close();
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  ready(): SubscriptionItem | undefined {
    if (this.size === 0) return undefined;
    const item = this.take();
    this.owner.wanted();
    return item;
  }

  next(): Promise<Next> {
    const value = this.ready();
    if (value) return Promise.resolve({ done: false, value });
    if (this.failure && !this.ended) {
      const error = this.failure;
      this.close();
      return Promise.reject(error);
    }
    if (this.ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.readers.push({ resolve, reject });
      this.owner.wanted();
    });
  }

  return(): Promise<Next> {
    this.close();
    return Promise.resolve(DONE);
  }

  close(): void {
    if (this.ended) return;
    this.ended = true;
    this.items = [];
    this.taken = 0;
    for (const { resolve } of this.readers.splice(0)) resolve(DONE);
    this.owner.closed();
  }

  private take(): SubscriptionItem {
    const item = this.items[this.taken]!;
    this.taken += 1;
    if (this.taken === this.items.length) {
      this.items = [];
      this.taken = 0;
    }
    return item;
  }
}
