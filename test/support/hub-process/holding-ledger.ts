import type { NewEvent, Position, RecordedEvent } from '../../../src/domain/kernel/event.js';
import { type Appended, type Expected, Ledger, type LedgerFilter, type LedgerPage, type LedgerSubscription } from '../../../src/domain/ports/ledger.js';
import type { KeptLog } from '../../../src/platform/ledger/kept-log.js';
import type { Hold } from './messages.js';

/** A ledger that stops requests at a chosen append, so that the process can be killed exactly there. */
export class HoldingLedger extends Ledger {
  private at: Hold | undefined;
  private readonly counts = new Map<string, number>();

  constructor(private readonly inner: Ledger, private readonly held: () => void) {
    super();
  }

  /** For backups, which read a store as it is kept. */
  readKept(...page: Parameters<KeptLog['readKept']>): ReturnType<KeptLog['readKept']> {
    return (this.inner as unknown as KeptLog).readKept(...page);
  }

  hold(at: Hold | undefined): void {
    this.at = at;
    this.counts.clear();
  }

  get appends(): readonly number[] {
    return [...this.counts.values()];
  }

  override async append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    const request = events[0]!.correlationId;
    const n = (this.counts.get(request) ?? 0) + 1;
    this.counts.set(request, n);
    const isHere = this.at?.append === n;
    if (isHere && this.at?.when === 'before') return this.forEver();
    const appended = await this.inner.append(stream, expected, events);
    return isHere ? this.forEver() : appended;
  }

  override readStream(stream: string, from?: number): Promise<readonly RecordedEvent[]> {
    return this.inner.readStream(stream, from);
  }

  override readAll(after: Position, limit: number, filter?: LedgerFilter): Promise<LedgerPage> {
    return this.inner.readAll(after, limit, filter);
  }

  override subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription {
    return this.inner.subscribe(after, filter);
  }

  override head(): Promise<Position> {
    return this.inner.head();
  }

  override close(): Promise<void> {
    return this.inner.close();
  }

  private forEver(): Promise<never> {
    this.held();
    return new Promise(() => undefined);
  }
}
