import { type Position, type RecordedEvent, START, isAfter } from '../../domain/kernel/event.js';
import { type KeptEvent, type KeptLog, LinesDigest, keptEvents, lineOf, parsed } from '../ledger/kept-log.js';
import { decode } from '../ledger/stored-event.js';

export interface LedgerReport {
  readonly events: number;
  readonly streams: number;
  /** SHA-256 over all that the events say, in order: the same for the same ledger in whichever store. */
  readonly digest: string;
  /** Of the last event; undefined when there is none. */
  readonly lastRecordedAt: string | undefined;
  readonly head: Position;
  /** What is wrong, the first of it in sentences; empty when the ledger is whole. */
  readonly problems: readonly string[];
  readonly problemsInAll: number;
}

const MOST_TOLD = 20;
/** One Set holds about sixteen million entries at most; ids are spread over as many as this. */
const SHARDS = 256;

/**
 * What has to hold of every ledger, told of one event after the other: places that go up, revisions without a hole, no id
 * twice, and nothing that this version can't read.
 */
export class LedgerCheck {
  private readonly revisions = new Map<string, number>();
  private readonly ids = Array.from({ length: SHARDS }, () => new Set<string>());
  private readonly digest = new LinesDigest();
  private readonly problems: string[] = [];
  private problemsInAll = 0;
  private last: KeptEvent | undefined;

  /** Gives the event as this version reads it; undefined when it can't. */
  see(event: KeptEvent): RecordedEvent | undefined {
    const { stream, revision, id } = event;
    if (this.last && !isAfter(event.position, this.last.position)) this.tell(event, 'does not stand behind the one before it');
    const expected = (this.revisions.get(stream) ?? -1) + 1;
    if (revision !== expected) this.tell(event, `has revision ${revision} where ${expected} belongs`);
    this.revisions.set(stream, revision);
    if (!this.isNew(id)) this.tell(event, 'stands twice');
    this.digest.add(lineOf(event));
    this.last = event;
    try {
      return decode(parsed(event));
    } catch (error) {
      this.tell(event, `can't be read: ${(((error as Error).cause ?? error) as Error).message}`);
      return undefined;
    }
  }

  get isWhole(): boolean {
    return this.problemsInAll === 0;
  }

  result(): LedgerReport {
    const { problems, problemsInAll, last } = this;
    return {
      events: this.digest.lines, streams: this.revisions.size, digest: this.digest.value(),
      lastRecordedAt: last?.recordedAt, head: last?.position ?? START, problems, problemsInAll,
    };
  }

  private isNew(id: string): boolean {
    // Half the memory: sixteen characters of one byte instead of thirty-six.
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
    const shard = this.ids[bytes[0] ?? 0]!;
    const key = bytes.length === 16 ? bytes.toString('latin1') : id;
    if (shard.has(key)) return false;
    shard.add(key);
    return true;
  }

  private tell({ id, type, stream, position }: KeptEvent, what: string): void {
    this.problemsInAll += 1;
    if (this.problems.length < MOST_TOLD) this.problems.push(`${type} ${id} at ${position} in ${stream} ${what}`);
  }
}

/** Reads the whole ledger. `seen` hears how many events were looked at, now and then; `each` is given every event, up to the first problem. */
export const checkLedger = async (log: KeptLog, seen: (events: number) => void, each?: (event: RecordedEvent) => void): Promise<LedgerReport> => {
  const check = new LedgerCheck();
  let count = 0;
  for await (const kept of keptEvents(log, START)) {
    const event = check.see(kept);
    if (event && check.isWhole) each?.(event);
    count += 1;
    if (count % 1_000 === 0) seen(count);
  }
  seen(count);
  return check.result();
};
