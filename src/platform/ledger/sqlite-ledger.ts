import type { NewEvent, Position, RecordedEvent } from '../../domain/kernel/event.js';
import {
  type Appended,
  type Expected,
  Ledger,
  type LedgerFilter,
  type LedgerPage,
  type LedgerSubscription,
  LedgerUnavailable,
} from '../../domain/ports/ledger.js';
import { type CommitStatistics, GroupCommit, type WaitingAppend } from './group-commit.js';
import { LiveFeed } from './live-feed.js';
import { sequenceOf, sequencePosition } from './sequence.js';
import { type CommitReply, WRITTEN } from './sqlite-messages.js';
import { packRows, unpackRows } from './sqlite-rows.js';
import { SqliteThread } from './sqlite-thread.js';
import { type KeptEvent, type KeptLog, type KeptPage, parsed } from './kept-log.js';
import { type EncodedEvent, decode, decodeRun, encodeAppend, place } from './stored-event.js';

export interface SqliteLedgerOptions {
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * The embedded ledger: one SQLite file, its commits flushed to the disk, for this process alone. The file belongs to a
 * thread of its own; subscribers hear of new events from memory and read only history from the disk.
 */
export class SqliteLedger extends Ledger implements KeptLog {
  private readonly commits: GroupCommit;
  private readonly feed: LiveFeed;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly thread: SqliteThread,
    private sequence: number,
    now: () => number,
  ) {
    super();
    this.feed = new LiveFeed(sequencePosition(this.sequence), (after, limit, filter) => this.readAll(after, limit, filter));
    this.commits = new GroupCommit(
      (appends) => thread.call({ kind: 'commit', recordedAt: Math.floor(now()), appends }),
      (batch, reply) => this.publish(batch, reply),
    );
  }

  /** Creates the file where there is none. Rejects with LedgerLocked or LedgerDamaged; never begins anew over damage. */
  static async open({ file, now }: SqliteLedgerOptions): Promise<SqliteLedger> {
    const { thread, sequence } = await SqliteThread.open(file);
    return new SqliteLedger(thread, sequence, now);
  }

  /** How well appends share commits. */
  get statistics(): CommitStatistics {
    return { ...this.commits.statistics };
  }

  override append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    if (this.closing) return Promise.reject(closed());
    let encoded: readonly EncodedEvent[];
    try {
      encoded = encodeAppend(stream, expected, events);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const characters = encoded.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    return this.commits.add({ stream, expected, events, encoded, characters });
  }

  override async readStream(stream: string, from = 0, limit = Infinity): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (let at = from; ; ) {
      if (this.closing) throw closed();
      const { rows, next, atEnd } = await this.thread.call({ kind: 'stream', stream, from: at, limit: limit - events.length });
      for (const kept of unpackRows(rows)) events.push(decode(parsed(kept)));
      if (atEnd || events.length >= limit) return events.slice(0, limit);
      at = next + 1;
    }
  }

  override async readAll(after: Position, limit: number, filter?: LedgerFilter): Promise<LedgerPage> {
    if (this.closing) throw closed();
    const { rows, next, atEnd } = await this.thread.call({
      kind: 'all',
      after: sequenceOf(after),
      limit,
      ...(filter?.streamPrefixes ? { prefixes: filter.streamPrefixes } : {}),
    });
    const stored = unpackRows(rows).map(parsed);
    const events = decodeRun(stored);
    if (events.length < stored.length) return { events, next: events.at(-1)!.position, atEnd: false };
    return { events, next: sequencePosition(next), atEnd };
  }

  async readKept(after: Position, limit: number): Promise<KeptPage> {
    if (this.closing) throw closed();
    const { rows, next, atEnd } = await this.thread.call({ kind: 'all', after: sequenceOf(after), limit });
    return { events: unpackRows(rows), next: sequencePosition(next), atEnd };
  }

  /**
   * Writes events as another store recorded them behind all that are here; durable when it resolves with the place of the
   * last. For a ledger that nobody follows yet: subscribers hear nothing of it. Rejects with Misfit.
   */
  async import(events: readonly KeptEvent[]): Promise<Position> {
    if (this.closing) throw closed();
    this.sequence = (await this.thread.call({ kind: 'import', rows: packRows(events) })).sequence;
    return sequencePosition(this.sequence);
  }

  /** What SQLite finds wrong with the file; nobody can append meanwhile. */
  async fileProblems(): Promise<readonly string[]> {
    return (await this.thread.call({ kind: 'inspect' })).problems;
  }

  override subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription {
    return this.feed.subscribe(after, filter);
  }

  override async head(): Promise<Position> {
    if (this.closing) throw closed();
    return sequencePosition(this.sequence);
  }

  override close(): Promise<void> {
    this.closing ??= this.commits.drained().then(() => {
      this.feed.close();
      return this.thread.close();
    });
    return this.closing;
  }

  private publish(batch: readonly WaitingAppend[], { before, recordedAt, outcomes }: CommitReply): void {
    const events: RecordedEvent[] = [];
    const at = new Date(recordedAt).toISOString();
    let sequence = before;
    batch.forEach(({ stream, events: appended }, n) => {
      if (outcomes[n * 3] !== WRITTEN) return;
      const first = outcomes[n * 3 + 1]! - appended.length + 1;
      if (this.feed.hasSubscribers)
        appended.forEach((event, m) =>
          events.push(place(event, { stream, revision: first + m, position: sequencePosition(sequence + m + 1), recordedAt: at })),
        );
      sequence += appended.length;
    });
    this.sequence = sequence;
    this.feed.publish(sequencePosition(before), events, sequencePosition(sequence));
  }
}

const closed = () => new LedgerUnavailable('the ledger is closed');
