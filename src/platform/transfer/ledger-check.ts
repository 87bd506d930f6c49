import { SeenIds } from '../../domain/audit/seen-ids.js';
import { type Position, type RecordedEvent, START, isAfter } from '../../domain/kernel/event.js';
import { type KeptEvent, type KeptLog, LinesDigest, keptPages, lineOf, parsed } from '../ledger/kept-log.js';
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

interface Tip {
  revision: number;
  /** Of the first event in it that could be read. */
  tenant: string | undefined;
}

/**
 * What has to hold of every ledger, told of one event after the other: places that go up, revisions without a hole, no id
 * twice, each stream one tenant's, and nothing that this version can't read.
 */
export class LedgerCheck {
  private readonly tips = new Map<string, Tip>();
  private readonly ids = new SeenIds();
  private readonly tenants = new Map<string, string>();
  private readonly digest = new LinesDigest();
  private readonly problems: string[] = [];
  private problemsInAll = 0;
  private last: KeptEvent | undefined;

  /** Gives the event as this version reads it; undefined when it can't. */
  see(event: KeptEvent): RecordedEvent | undefined {
    const { stream, revision, id } = event;
    if (this.last && !isAfter(event.position, this.last.position)) this.tell(event, 'does not stand behind the one before it');
    const tip = this.tipOf(stream);
    if (revision !== tip.revision + 1) this.tell(event, `has revision ${revision} where ${tip.revision + 1} belongs`);
    tip.revision = revision;
    if (!this.ids.add(id)) this.tell(event, 'stands twice');
    this.digest.add(lineOf(event));
    this.last = event;
    try {
      const read = decode(parsed(event));
      tip.tenant ??= this.oneOf(read.tenant);
      if (read.tenant !== tip.tenant) this.tell(event, `belongs to ${read.tenant}, and the stream to ${tip.tenant}`);
      return read;
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
      events: this.digest.lines, streams: this.tips.size, digest: this.digest.value(),
      lastRecordedAt: last?.recordedAt, head: last?.position ?? START, problems, problemsInAll,
    };
  }

  private tipOf(stream: string): Tip {
    const known = this.tips.get(stream);
    if (known) return known;
    const tip = { revision: -1, tenant: undefined };
    this.tips.set(stream, tip);
    return tip;
  }

  /** One text for each tenant, for all its streams. */
  private oneOf(tenant: string): string {
    const known = this.tenants.get(tenant) ?? tenant;
    this.tenants.set(known, known);
    return known;
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
  for await (const page of keptPages(log, START)) {
    for (const kept of page) {
      const event = check.see(kept);
      if (event && check.isWhole) each?.(event);
    }
    count += page.length;
    seen(count);
  }
  return check.result();
};
