import { MemoryLedger } from '../support/memory-ledger.js';
import type { LedgerFilter, LedgerSubscription, SubscriptionItem } from '../../src/domain/ports/ledger.js';
import type { Position } from '../../src/domain/kernel/event.js';

const now = (): number => Date.parse('2026-11-24T12:00:00.000Z');

/** Delivers what it has, but some of it changed on the way: as a later version of the hub, or a careless store, would. */
export class BentLedger extends MemoryLedger {
  /** Subscriptions that nobody has closed. */
  readonly open = new Set<LedgerSubscription>();

  constructor(private readonly bend: (item: SubscriptionItem) => readonly SubscriptionItem[] | Promise<readonly SubscriptionItem[]>) {
    super(now);
  }

  override subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription {
    const straight = super.subscribe(after, filter);
    const { bend, open } = this;
    open.add(straight);
    return {
      close: () => {
        open.delete(straight);
        straight.close();
      },
      async *[Symbol.asyncIterator]() {
        for await (const item of straight) yield* await bend(item);
      },
    };
  }
}
