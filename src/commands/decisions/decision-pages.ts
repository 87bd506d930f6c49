import { type Position, isAfter } from '../../domain/kernel/event.js';
import type { Ledger } from '../../domain/ports/ledger.js';
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
export interface DecisionPage {
  readonly decisions: readonly RecordedDecision[];
  /** Recorded by an earlier version, which told too little of them. */
  readonly unknown: number;
  readonly next: Position;
  readonly atEnd: boolean;
  /** Time of the last event that was looked at; undefined when there was none. */
  readonly reached: string | undefined;
}

export const decisionPage = async (ledger: Ledger, { tenant, after, until, from, to, limit }: DecisionRange): Promise<DecisionPage> => {
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
