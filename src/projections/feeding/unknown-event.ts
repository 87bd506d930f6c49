import { eventTypeNamed } from '../../domain/kernel/catalogue.js';
import type { SubscriptionItem } from '../../domain/ports/ledger.js';

/** An event that may not be skipped and can't be applied by this version of the hub. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/** Where a batch has to end, and why. */
export const firstUnknown = (items: readonly SubscriptionItem[]): { readonly at: number; readonly problem: UnknownEvent } | undefined => {
  const seen = new Set<string>();
  for (const [at, item] of items.entries()) {
    if (item.kind !== 'event' || seen.has(item.event.type)) continue;
    const { id, type } = item.event;
    try {
      eventTypeNamed(type);
    } catch (error) {
      return { at, problem: new UnknownEvent(`event ${id} is a ${type}, which this version does not know`, { cause: error }) };
    }
    seen.add(type);
  }
  return undefined;
};
