import { type NewEvent, type Position, START, isAfter } from '../../src/domain/kernel/event.js';
import {
  type Appended,
  type Expected,
  Ledger,
  type LedgerFilter,
  type LedgerPage,
  type LedgerSubscription,
  LedgerUnavailable,
  WrongExpectedRevision,
} from '../../src/domain/ports/ledger.js';
import { type StreamIndex, judgeAppend } from '../../src/platform/ledger/judge-append.js';
import { LiveFeed } from '../../src/platform/ledger/live-feed.js';
import { type KeptEvent, type KeptLog, type KeptPage, parsed } from '../../src/platform/ledger/kept-log.js';
import { type EncodedEvent, decode, decodeRun, encodeAppend, passes, place } from '../../src/platform/ledger/stored-event.js';
import { sequenceOf, sequencePosition } from '../../src/platform/ledger/sequence.js';

/** The port and nothing else: the shortest statement of what the adapters do. Keeps nothing. */
export class MemoryLedger extends Ledger implements KeptLog {
  private readonly log: KeptEvent[] = [];
  private readonly streams = new Map<string, KeptEvent[]>();
  private readonly feed = new LiveFeed(START, (after, limit, filter) => this.readAll(after, limit, filter));
  private recordedAt = 0;
  private closed = false;
  private readonly index: StreamIndex = {
    lastRevision: (stream) => (this.streams.get(stream)?.length ?? 0) - 1,
    idAt: (stream, revision) => this.streams.get(stream)?.[revision]?.id,
    revisionOf: (stream, id) => this.streams.get(stream)?.find((kept) => kept.id === id)?.revision,
  };

  constructor(private readonly now: () => number) {
    super();
  }

  override async append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    const encoded = encodeAppend(stream, expected, events);
    this.refuseWhenClosed();
    const verdict = judgeAppend(
      this.index,
      stream,
      expected,
      encoded.map(({ id }) => id),
    );
    if (verdict.kind === 'conflict') throw new WrongExpectedRevision(stream, expected, verdict.actual);
    if (verdict.kind === 'write') this.write(stream, verdict.from, events, encoded);
    const { revision, position } = this.streams.get(stream)![verdict.from + encoded.length - 1]!;
    return { revision, position };
  }

  override async readStream(stream: string, from = 0, limit = Infinity) {
    this.refuseWhenClosed();
    return (this.streams.get(stream) ?? []).slice(from, from + limit).map((kept) => decode(parsed(kept)));
  }

  override async readAll(after: Position, limit: number, filter?: LedgerFilter): Promise<LedgerPage> {
    this.refuseWhenClosed();
    const later: KeptEvent[] = [];
    // One more than is wanted tells whether there is more.
    for (let n = sequenceOf(after); n < this.log.length && later.length <= limit; n += 1) if (passes(filter, this.log[n]!.stream)) later.push(this.log[n]!);
    const events = decodeRun(later.slice(0, limit).map(parsed));
    const atEnd = later.length <= limit;
    const end = this.log.at(-1)?.position ?? START;
    const next = atEnd && isAfter(end, after) ? end : (events.at(-1)?.position ?? after);
    return { events, next, atEnd };
  }

  async readKept(after: Position, limit: number): Promise<KeptPage> {
    this.refuseWhenClosed();
    const from = sequenceOf(after);
    const events = this.log.slice(from, from + limit);
    return { events, next: events.at(-1)?.position ?? after, atEnd: from + limit >= this.log.length };
  }

  override subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription {
    return this.feed.subscribe(after, filter);
  }

  override async head(): Promise<Position> {
    this.refuseWhenClosed();
    return this.log.at(-1)?.position ?? START;
  }

  override async close(): Promise<void> {
    this.closed = true;
    this.feed.close();
  }

  private write(stream: string, from: number, events: readonly NewEvent[], encoded: readonly EncodedEvent[]): void {
    const before = this.log.at(-1)?.position ?? START;
    this.recordedAt = Math.max(this.recordedAt, this.now());
    const recordedAt = new Date(this.recordedAt).toISOString();
    const kept = encoded.map((event, n) => ({
      ...event,
      stream,
      revision: from + n,
      position: sequencePosition(this.log.length + n + 1),
      recordedAt,
    }));
    this.log.push(...kept);
    const written = this.streams.get(stream) ?? [];
    this.streams.set(stream, written);
    written.push(...kept);
    this.feed.publish(
      before,
      events.map((event, n) => place(event, kept[n]!)),
      kept.at(-1)!.position,
    );
  }

  private refuseWhenClosed(): void {
    if (this.closed) throw new LedgerUnavailable('the ledger is closed');
  }
}
