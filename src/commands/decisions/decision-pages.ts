import { type Position, isAfter } from '../../domain/kernel/event.js';
import type { Ledger } from '../../domain/ports/ledger.js';
import type { Soon } from '../soon.js';
import { DECISION_STREAMS, type RecordedDecision, recordedDecision } from './recorded-decision.js';

/** Which part of a tenant's ledger. */
export interface DecisionRange {
  readonly tenant: string;
  readonly after: Position;
  /** Up to here and no further. */
  readonly until?: Position | undefined;
  /** Not what was recorded before or after these times (ISO 8601). */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Most events to look at. */
  readonly limit: number;
}
export interface WalkedPage {
  /** How many there were. */
  readonly decisions: number;
  /** Recorded by an earlier version, which told too little of them. */
  readonly unknown: number;
  readonly next: Position;
  readonly atEnd: boolean;
  /** Time of the last event that was looked at; undefined when there was none. */
  readonly reached: string | undefined;
}

/** What was read and decided is let go of before more is read: a whole page at once would go through the collector again and again. */
const EVENTS_AT_ONCE = 500;

/** So many are decided before the event loop sees to others: tokens are issued while a long question is answered. */
const DECIDED_AT_ONCE = 10;
const breathe = (done: number): Soon<void> => (done % DECIDED_AT_ONCE === 0 ? new Promise<void>((resolve) => setImmediate(resolve)) : undefined);

/** Shows every decision of a page in turn; `readOn` runs before those of each piece that was read. */
export const eachDecision = async (ledger: Ledger, range: DecisionRange, readOn: () => void, show: (recorded: RecordedDecision) => Promise<void>): Promise<WalkedPage> => {
  let walked: WalkedPage = { decisions: 0, unknown: 0, next: range.after, atEnd: false, reached: undefined };
  for (let left = range.limit; left > 0 && !walked.atEnd; left -= EVENTS_AT_ONCE) {
    const { decisions, unknown, next, atEnd, reached = walked.reached } = await decisionPage(ledger, { ...range, after: walked.next, limit: Math.min(left, EVENTS_AT_ONCE) });
    readOn();
    for (const [n, recorded] of decisions.entries()) {
      await breathe(n);
      await show(recorded);
    }
    walked = { decisions: walked.decisions + decisions.length, unknown: walked.unknown + unknown, next, atEnd, reached };
  }
  return walked;
};

const decisionPage = async (ledger: Ledger, { tenant, after, until, from, to, limit }: DecisionRange): Promise<Omit<WalkedPage, 'decisions'> & { readonly decisions: readonly RecordedDecision[] }> => {
  const page = await ledger.readAll(after, limit, { streamPrefixes: DECISION_STREAMS });
  const decisions: RecordedDecision[] = [];
  let unknown = 0;
  for (const event of page.events) {
    const isPast = (until !== undefined && isAfter(event.position, until)) || (to !== undefined && event.recordedAt > to);
    if (isPast) return { decisions, unknown, next: event.position, atEnd: true, reached: event.recordedAt };
    if (event.tenant !== tenant || (from !== undefined && event.recordedAt < from)) continue;
    const found = recordedDecision(event);
    if (found === 'unknown') unknown += 1;
    else if (found) decisions.push(found);
  }
  return { decisions, unknown, next: page.next, atEnd: page.atEnd, reached: page.events.at(-1)?.recordedAt };
};
