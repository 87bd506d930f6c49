import { setInterval, setTimeout } from 'node:timers';
import { type Position, isAfter } from '../../domain/kernel/event.js';
import type { LedgerFilter } from '../../domain/ports/ledger.js';
import type { ConnectionItem, EventStoreConnection, OpenSubscription } from './event-store-connection.js';
import { pauseAfter } from '../patience.js';
import { decodeRun, passes } from './stored-event.js';
import { SubscriptionQueue } from './subscription-queue.js';

const MOST_QUEUED = 2_048;

export interface SubscriptionSource {
  readonly connection: Pick<EventStoreConnection, 'subscribe'>;
  /** The newest event behind `after` that passes, as far as one look at the ledger's end can tell; rejects when nobody answers. */
  newestBehind(after: Position, filter: LedgerFilter | undefined): Promise<Position | undefined>;
  /** After so many milliseconds without a word the silence is looked into. */
  readonly silence: number;
}

/**
 * Keeps one subscription alive. The client's own ends for good at every trouble, often without a word: an error, an end
 * and a silence while there is something to say are all the same, and it is opened anew behind the last event.
 */
export class EventStoreSubscription {
  readonly queue: SubscriptionQueue;
  private open: OpenSubscription | undefined;
  private failures = 0;
  private paused = false;
  private hasCaughtUp = false;
  private heardAt = 0;
  private missing: Position | undefined;
  private readonly watcher: NodeJS.Timeout;

  constructor(
    private readonly source: SubscriptionSource,
    private position: Position,
    private readonly filter: LedgerFilter | undefined,
    detach: () => void,
  ) {
    this.queue = new SubscriptionQueue({
      wanted: () => this.resume(),
      closed: () => {
        clearInterval(this.watcher);
        this.drop();
        detach();
      },
    });
    this.watcher = setInterval(() => void this.watch(), source.silence / 2).unref();
    this.connect();
  }

  private connect(): void {
    if (this.queue.isClosed) return;
    this.hasCaughtUp = false;
    this.paused = false;
    this.missing = undefined;
    this.heardAt = performance.now();
    try {
      const opened: OpenSubscription = this.source.connection.subscribe(this.position, this.filter?.streamPrefixes, {
        item: (item) => this.open === opened && this.take(item),
        dropped: () => this.open === opened && this.reconnect(),
      });
      this.open = opened;
    } catch (error) {
      // Not a position of this ledger.
      this.queue.fail(error as Error);
    }
  }

  private drop(): void {
    const { open } = this;
    this.open = undefined;
    open?.stop();
  }

  private reconnect(): void {
    this.drop();
    setTimeout(() => this.connect(), pauseAfter(this.failures)).unref();
    this.failures += 1;
  }

  private take(item: ConnectionItem): void {
    this.heardAt = performance.now();
    this.missing = undefined;
    this.failures = 0;
    if (item.kind === 'caughtUp') return this.sayCaughtUp();
    const position = item.kind === 'checkpoint' ? item.position : item.event.position;
    // Checkpoints repeat themselves; an event never may.
    if (!isAfter(position, this.position)) return;
    this.position = position;
    if (item.kind === 'checkpoint' || !passes(this.filter, item.event.stream) || item.event.stream.startsWith('$')) return;
    try {
      this.queue.put({ kind: 'event', event: decodeRun([item.event])[0]! });
    } catch (error) {
      this.drop();
      return this.queue.fail(error as Error);
    }
    if (this.queue.size >= MOST_QUEUED) {
      this.paused = true;
      this.open?.pause();
    }
  }

  private resume(): void {
    if (!this.paused || this.queue.size > MOST_QUEUED / 2) return;
    this.paused = false;
    this.heardAt = performance.now();
    this.open?.resume();
  }

  private sayCaughtUp(): void {
    if (this.hasCaughtUp) return;
    this.hasCaughtUp = true;
    this.queue.put({ kind: 'caughtUp', position: this.position });
  }

  /** Is it quiet because nothing happens, or because nobody speaks to us any more? */
  private async watch(): Promise<void> {
    const { open, heardAt } = this;
    if (!open || this.paused || performance.now() - heardAt < this.source.silence) return;
    const newest = await this.source.newestBehind(this.position, this.filter).catch(() => 'nobody answers' as const);
    if (this.open !== open || this.heardAt !== heardAt) return;
    if (newest === 'nobody answers') return this.reconnect();
    if (newest === undefined) {
      this.heardAt = performance.now();
      return this.sayCaughtUp();
    }
    // It may be under way to us just now: only what is still missing at the next look is lost.
    if (this.missing === undefined) this.missing = newest;
    else this.reconnect();
  }
}
