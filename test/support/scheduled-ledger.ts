import type { Scheduler } from 'fast-check';
import type { NewEvent, Position } from '../../src/domain/kernel/event.js';
import { type Appended, type Expected, Ledger, type LedgerFilter, type LedgerPage, type LedgerSubscription, type SubscriptionItem } from '../../src/domain/ports/ledger.js';

/** A node's view of a shared ledger in which every answer and every delivered event waits for the scheduler's turn. */
export class ScheduledLedger extends Ledger {
  constructor(private readonly inner: Ledger, private readonly scheduler: Scheduler, private readonly node: string) {
    super();
  }

  private turn(what: string): Promise<unknown> {
    return this.scheduler.schedule(Promise.resolve(), `${this.node}: ${what}`);
  }

  override async append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    await this.turn(`append reaches ${stream}`);
    const outcome = await this.inner.append(stream, expected, events).then((value) => ({ value }), (error: unknown) => ({ error }));
    await this.turn(`answer from ${stream}`);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  override async readStream(stream: string, from?: number, limit?: number) {
    await this.turn(`read ${stream}`);
    return this.inner.readStream(stream, from, limit);
  }

  override readAll(after: Position, limit: number, filter?: LedgerFilter): Promise<LedgerPage> {
    return this.inner.readAll(after, limit, filter);
  }

  override subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription {
    const inner = this.inner.subscribe(after, filter);
    const deliver = async function* (this: ScheduledLedger): AsyncGenerator<SubscriptionItem> {
      for await (const item of inner) {
        if (item.kind === 'event') await this.turn(`${item.event.type} arrives`);
        yield item;
      }
    };
    return { [Symbol.asyncIterator]: () => deliver.call(this), close: () => inner.close() };
  }

  override head(): Promise<Position> {
    return this.inner.head();
  }

  override close(): Promise<void> {
    return this.inner.close();
  }
}
