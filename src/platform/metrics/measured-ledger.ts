import type { NewEvent, Position, RecordedEvent } from '../../domain/kernel/event.js';
import { type Appended, type Expected, Ledger, type LedgerFilter, type LedgerPage, type LedgerSubscription, WrongExpectedRevision } from '../../domain/ports/ledger.js';
import type { Metrics } from '../../domain/ports/metrics.js';

const secondsSince = (began: number): number => (performance.now() - began) / 1000;

/** A ledger whose appends are timed; everything else is the ledger's own. */
export class MeasuredLedger extends Ledger {
  constructor(private readonly ledger: Ledger, private readonly metrics: Metrics) {
    super();
  }

  override append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    const began = performance.now();
    const appending = this.ledger.append(stream, expected, events);
    // Beside it: whoever waits does not wait for the watch, too.
    appending.then(
      () => this.metrics.appended(secondsSince(began), 'durable'),
      (error: unknown) => this.metrics.appended(secondsSince(began), error instanceof WrongExpectedRevision ? 'conflict' : 'failed'),
    );
    return appending;
  }

  override readStream(stream: string, from?: number, limit?: number): Promise<readonly RecordedEvent[]> {
    return this.ledger.readStream(stream, from, limit);
  }

  override readAll(after: Position, limit: number, filter?: LedgerFilter): Promise<LedgerPage> {
    return this.ledger.readAll(after, limit, filter);
  }

  override subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription {
    return this.ledger.subscribe(after, filter);
  }

  override head(): Promise<Position> {
    return this.ledger.head();
  }

  override close(): Promise<void> {
    return this.ledger.close();
  }
}
