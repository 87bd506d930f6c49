import type { Position, RecordedEvent } from '../src/domain/kernel/event.js';
import type { Ledger } from '../src/domain/ports/ledger.js';

/** Counts the tenant's events after `after` by type; `each` sees every one of them. */
export const countEvents = async (
  ledger: Ledger, { after, tenant }: { readonly after: Position; readonly tenant: string }, each: (event: RecordedEvent) => void = () => undefined,
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  for (let from = after; ;) {
    const { events, next, atEnd } = await ledger.readAll(from, 2_000);
    for (const event of events) {
      if (event.tenant !== tenant) continue;
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
      each(event);
    }
    if (atEnd) return counts;
    from = next;
  }
};
