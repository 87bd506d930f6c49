import type { Acknowledged } from '../../src/domain/audit/acknowledgements.js';
import { type AuditReport, LedgerAudit } from '../../src/domain/audit/ledger-audit.js';
import { START } from '../../src/domain/kernel/event.js';
import type { Conditions } from '../../src/domain/ports/conditions.js';
import type { Ledger } from '../../src/domain/ports/ledger.js';

const PAGE = 2_000;

/** Reads a whole ledger, on any adapter, and says what breaks its promises. Rejects where an event can't be read. */
export const auditLedger = async (ledger: Ledger, conditions: Conditions, acknowledged?: Acknowledged, seen: (events: number) => void = () => undefined): Promise<AuditReport> => {
  const audit = new LedgerAudit(conditions, acknowledged);
  let events = 0;
  for (let after = START; ;) {
    const page = await ledger.readAll(after, PAGE);
    for (const event of page.events) audit.see(event);
    events += page.events.length;
    seen(events);
    if (page.atEnd) return audit.result();
    after = page.next;
  }
};
