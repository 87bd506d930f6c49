import type { NewEvent } from '../../src/domain/kernel/event.js';
import type { Appended, Expected, LedgerSubscription, SubscriptionItem } from '../../src/domain/ports/ledger.js';
import { MemoryLedger } from './memory-ledger.js';

/** A ledger at which something can happen just before an event of one type gets its place, and whose subscription can break. */
export class FragileLedger extends MemoryLedger {
  awaited = 'TokenIssued';
  before: (() => Promise<unknown>) | undefined;
  private readonly breaks: ((error: Error) => void)[] = [];

  override async append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    const { before } = this;
    if (before && events[0]?.type === this.awaited) {
      this.before = undefined;
      await before();
    }
    return super.append(stream, expected, events);
  }

  override subscribe(...given: Parameters<MemoryLedger['subscribe']>): LedgerSubscription {
    const inner = super.subscribe(...given);
    const broken = new Promise<never>((_, reject) => void this.breaks.push(reject));
    broken.catch(() => undefined);
    const items = async function* (): AsyncGenerator<SubscriptionItem> {
      const reader = inner[Symbol.asyncIterator]();
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop
        const next = await Promise.race([reader.next(), broken]);
        if (next.done) return;
        yield next.value;
      }
    };
    return { [Symbol.asyncIterator]: () => items(), close: () => inner.close() };
  }

  async breakSubscriptions(): Promise<void> {
    for (const fail of this.breaks) fail(new Error('an event that nobody can read'));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
