import type { NewEvent, Position, RecordedEvent } from '../../domain/kernel/event.js';
import { START, isAfter } from '../../domain/kernel/event.js';
import {
  type Appended,
  type Expected,
  Ledger,
  type LedgerFilter,
  type LedgerPage,
  type LedgerSubscription,
  LedgerUnavailable,
} from '../../domain/ports/ledger.js';
import { EventStoreAppends } from './event-store-appends.js';
import { EventStoreConnection, type SentEvent } from './event-store-connection.js';
import { EventStoreSubscription } from './event-store-subscription.js';
import type { KeptEvent, KeptLog, KeptPage } from './kept-log.js';
import { untilAnswered } from '../patience.js';
import { type EncodedEvent, type StoredEvent, bytesOf, decode, decodeRun, encodeAppend, passes } from './stored-event.js';

export interface EventStoreLedgerOptions {
  /** esdb://… */
  readonly url: string;
  /** Milliseconds after which a call counts as unanswered. */
  readonly callTimeout?: number;
  /** Milliseconds for which an unanswered call is repeated. */
  readonly patience?: number;
  /** Milliseconds after which a silent subscription is looked into. */
  readonly silence?: number;
}

const STREAM_PAGE = 500;
/** With a filter a page looks at no fewer events than this, since most may be hidden. */
const LEAST_SCANNED = 500;
const TAIL = 256;

/** Of one process. The client library keeps appends of all its clients in one place, and one's failure hits them all. */
let inUse: { readonly url: string; readonly connection: EventStoreConnection; ledgers: number } | undefined;

/**
 * The production ledger: EventStoreDB or KurrentDB (23.10 or later). An append whose outcome is unknown is repeated with
 * the same ids and the same expectation, and nothing is ever read first and appended then. With an exact expectation the
 * server makes that safe for ever; with 'any' for as long as it remembers the ids, and readers of such streams tell
 * duplicates apart by event id. The time of an event is by the server's clock.
 */
export class EventStoreLedger extends Ledger implements KeptLog {
  private readonly appends: EventStoreAppends;
  private readonly subscriptions = new Set<EventStoreSubscription>();
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly connection: EventStoreConnection,
    private readonly patience: number,
    private readonly silence: number,
  ) {
    super();
    this.appends = new EventStoreAppends((stream, expected, events) => this.certain(() => connection.append(stream, expected, events.map(sent))));
  }

  /** Rejects with LedgerUnavailable when no server answers. */
  static async connect({
    url,
    callTimeout = 3_000,
    patience = 10_000,
    silence = 2_000,
  }: EventStoreLedgerOptions): Promise<EventStoreLedger> {
    if (inUse && inUse.url !== url) throw new Error('This process has a connection to another event store already.');
    inUse ??= { url, connection: new EventStoreConnection(url, callTimeout), ledgers: 0 };
    inUse.ledgers += 1;
    const ledger = new EventStoreLedger(inUse.connection, patience, silence);
    try {
      await ledger.head();
      return ledger;
    } catch (error) {
      await ledger.close();
      throw error;
    }
  }

  /** How many appends the server saw for those that were asked for. */
  get statistics(): { readonly sent: number; readonly appends: number } {
    return { ...this.appends.statistics };
  }

  override append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    if (this.closing) return Promise.reject(closed());
    let encoded: readonly EncodedEvent[];
    try {
      encoded = encodeAppend(stream, expected, events);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return this.appends.add(stream, { expected, events, bytes: bytesOf(encoded) });
  }

  /**
   * Events that another store recorded, with the time at which that was. One attempt, and nothing in line with it: rejects
   * with Unanswered when nobody knows whether they were written.
   */
  async appendKept(stream: string, expected: number | 'none', events: readonly KeptEvent[]): Promise<Appended> {
    if (this.closing) throw closed();
    return this.connection.append(stream, expected, events.map(resent));
  }

  override async readStream(stream: string, from = 0, limit = Infinity): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (;;) {
      const most = Math.min(STREAM_PAGE, limit - events.length);
      const stored = await this.ask(() => this.connection.readStream(stream, from + events.length, most));
      for (const event of stored) events.push(decode(event));
      if (stored.length < most || events.length >= limit) return events;
    }
  }

  override async readAll(after: Position, limit: number, filter?: LedgerFilter): Promise<LedgerPage> {
    // The server's answer begins with the event at `after`.
    const count = Math.max(limit, filter ? LEAST_SCANNED : 0) + 1;
    const seen = await this.ask(() => this.connection.readAll(after, 'forwards', count));
    const shown = seen.filter((event) => isAfter(event.position, after) && isShown(event, filter));
    const events = decodeRun(shown.slice(0, limit));
    if (events.length < shown.length) return { events, next: events.at(-1)?.position ?? after, atEnd: false };
    return { events, next: seen.at(-1)?.position ?? after, atEnd: seen.length < count };
  }

  async readKept(after: Position, limit: number): Promise<KeptPage> {
    const seen = await this.ask(() => this.connection.readAll(after, 'forwards', limit + 1));
    const events = seen.filter((event) => isAfter(event.position, after) && isShown(event, undefined)).map(kept);
    return { events, next: seen.at(-1)?.position ?? after, atEnd: seen.length < limit + 1 };
  }

  override subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription {
    const source = {
      connection: this.connection,
      silence: this.silence,
      newestBehind: (...args: [Position, LedgerFilter | undefined]) => this.newestBehind(...args),
    };
    const subscription: EventStoreSubscription = new EventStoreSubscription(source, after, filter, () =>
      this.subscriptions.delete(subscription),
    );
    this.subscriptions.add(subscription);
    if (this.closing) subscription.queue.close();
    return subscription.queue;
  }

  override async head(): Promise<Position> {
    for (let from: Position | 'end' = 'end'; ; ) {
      const start: Position | 'end' = from;
      const tail = await this.ask(() => this.connection.readAll(start, 'backwards', TAIL));
      const newest = tail.find((event) => isShown(event, undefined));
      if (newest) return newest.position;
      if (tail.length < TAIL) return START;
      from = tail.at(-1)!.position;
    }
  }

  override close(): Promise<void> {
    this.closing ??= this.appends.drained().then(async () => {
      for (const { queue } of this.subscriptions) queue.close();
      inUse!.ledgers -= 1;
      if (inUse!.ledgers > 0) return;
      inUse = undefined;
      await this.connection.close();
    });
    return this.closing;
  }

  /** One look, no patience: whoever asks wants to know whether the server speaks. */
  private async newestBehind(after: Position, filter: LedgerFilter | undefined): Promise<Position | undefined> {
    const tail = await this.connection.readAll('end', 'backwards', TAIL);
    const newest = tail.find((event) => isAfter(event.position, after) && isShown(event, filter));
    if (newest) return newest.position;
    const oldest = tail.at(-1)?.position;
    // So much has passed without even a checkpoint: as good as an event that we did not get.
    return oldest !== undefined && tail.length === TAIL && isAfter(oldest, after) ? oldest : undefined;
  }

  private async ask<T>(call: () => Promise<T>): Promise<T> {
    if (this.closing) throw closed();
    return this.certain(call);
  }

  private certain<T>(call: () => Promise<T>): Promise<T> {
    return untilAnswered(this.patience, call);
  }
}

const closed = () => new LedgerUnavailable('the ledger is closed');

const isShown = ({ stream }: StoredEvent, filter: LedgerFilter | undefined): boolean => !stream.startsWith('$') && passes(filter, stream);

const kept = ({ metadata, data, ...rest }: StoredEvent): KeptEvent => ({ ...rest, metadata: JSON.stringify(metadata), data: JSON.stringify(data) });

const sent = ({ id, type, data, tenant, actor, correlationId, causationId, version }: NewEvent): SentEvent => ({
  id,
  type,
  data,
  metadata: { tenant, actor, correlationId, causationId, version },
});

const resent = ({ id, type, data, metadata, recordedAt }: KeptEvent): SentEvent => ({
  id,
  type,
  data: JSON.parse(data) as unknown,
  metadata: JSON.parse(metadata) as object,
  recordedAt,
});
