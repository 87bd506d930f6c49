import { type Position, type RecordedEvent, START } from '../kernel/event.js';
import type { Conditions } from '../ports/conditions.js';
import { Acknowledgements, type Acknowledged } from './acknowledgements.js';
import { AdmittedLoans } from './admitted-loans.js';
import { AdmittedTokens } from './admitted-tokens.js';
import { Claims } from './claims.js';
import { ConsumedApprovals } from './consumed-approvals.js';
import { FoldedStreams } from './folded-streams.js';
import { OwnStreams } from './own-streams.js';
import { StreamOrder } from './stream-order.js';
import type { Invariant, Violation } from './violation.js';

export interface AuditReport {
  readonly events: number;
  /** Of the last event that was seen. */
  readonly position: Position;
  /** The first 1,000. */
  readonly violations: readonly Violation[];
  readonly violationsInAll: number;
}

const MOST_KEPT = 1_000;

/**
 * What holds of every ledger that Mandate wrote, whichever adapter and however many nodes and crashes: show it every
 * event in order, then ask for the result. It is told nothing but the events, so anybody can do it again.
 */
export class LedgerAudit {
  private readonly violations: Violation[] = [];
  private readonly folded = new FoldedStreams();
  private readonly tokens: AdmittedTokens;
  private readonly invariants: readonly Invariant[];
  private violationsInAll = 0;
  private events = 0;
  private position: Position = START;

  /**
   * With what callers were told, it also finds what is missing. `isWhole`: somebody looks already at how the events follow each
   * other. `keepsAll`: exact whatever the clocks did, with memory for every token there ever was.
   */
  constructor(conditions: Conditions, acknowledged?: Acknowledged, { isWhole = false, keepsAll = false } = {}) {
    const report = (violation: Violation): void => {
      this.violationsInAll += 1;
      if (this.violations.length < MOST_KEPT) this.violations.push(violation);
    };
    const handedOut = acknowledged && new Set(acknowledged.tokens.map(({ jti }) => jti));
    this.tokens = new AdmittedTokens(report, this.folded, conditions, { wasHandedOut: handedOut && ((jti) => handedOut.has(jti)), keepsAll });
    this.invariants = [
      ...(isWhole ? [] : [new StreamOrder(report)]), new OwnStreams(report), new Claims(report), new ConsumedApprovals(report), this.tokens, new AdmittedLoans(report, this.folded, conditions, this.tokens, acknowledged === undefined),
      ...(acknowledged ? [new Acknowledgements(report, acknowledged)] : []),
    ];
  }

  see(event: RecordedEvent): void {
    this.events += 1;
    this.position = event.position;
    this.folded.see(event);
    for (const invariant of this.invariants) invariant.see(event);
    this.folded.seen(event);
  }

  /** False when it came to a token of which it keeps nothing any more: then only an audit that keeps all tells the truth. */
  get isExact(): boolean {
    return this.tokens.isExact;
  }

  /** Once, after the last event. */
  result(): AuditReport {
    for (const invariant of this.invariants) invariant.end();
    const { events, position, violations, violationsInAll } = this;
    return { events, position, violations, violationsInAll };
  }
}
