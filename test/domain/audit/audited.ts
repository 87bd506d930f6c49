import type { Acknowledged } from '../../../src/domain/audit/acknowledgements.js';
import { LedgerAudit } from '../../../src/domain/audit/ledger-audit.js';
import type { RecordedEvent } from '../../../src/domain/kernel/event.js';
import { CelConditions } from '../../../src/platform/cel-conditions.js';

export type Events = readonly RecordedEvent[];
export const audit = (events: Events, acknowledged?: Acknowledged) => {
  const all = new LedgerAudit(new CelConditions(), acknowledged);
  for (const event of events) all.see(event);
  return all.result();
};
export const sentences = (events: Events, acknowledged?: Acknowledged): readonly string[] => audit(events, acknowledged).violations.map(({ sentence }) => sentence);

/** The same facts at places that have no holes: what was moved or added is to be found by what it says, not by where it stands. */
export const renumbered = (events: Events): Events => {
  const tips = new Map<string, number>();
  return events.map((event, n) => {
    const revision = (tips.get(event.stream) ?? -1) + 1;
    tips.set(event.stream, revision);
    return { ...event, revision, position: `p${String(n).padStart(6, '0')}` };
  });
};
export const dataOf = (event: RecordedEvent) => event.data as Record<string, never>;

/** What one reading finds, and whether that is the whole truth. */
export const reading = (events: Events, keepsAll: boolean) => {
  const one = new LedgerAudit(new CelConditions(), undefined, { keepsAll });
  for (const event of events) one.see(event);
  return [one.isExact, one.result().violations.map(({ sentence }) => sentence)];
};
