import type { ActivityEvent } from '../activity/activity.events.js';
import type { ApprovalEvent } from '../approval/approval.events.js';
import type { Position, RecordedEvent } from '../kernel/event.js';
import type { Invariant, ReportViolation } from './violation.js';

interface Seen {
  confirmed?: Position;
  withdrawn?: Position;
  consumed?: Position;
  /** What was handed out on it. */
  used?: { readonly id: string; readonly position: Position } | undefined;
}

/** What a person had to confirm was confirmed, consumed before anything was issued on it, and issued once. */
export class ConsumedApprovals implements Invariant {
  private readonly approvals = new Map<string, Seen>();

  constructor(private readonly report: ReportViolation) {}

  see(event: RecordedEvent): void {
    const { position } = event;
    const { type, data } = event as unknown as ApprovalEvent | ActivityEvent;
    switch (type) {
      case 'ApprovalConfirmed':
        return void (this.at(data.approvalId).confirmed = position);
      case 'ApprovalWithdrawn':
        return void (this.at(data.approvalId).withdrawn = position);
      case 'ApprovalConsumed':
        return this.consumed(data.approvalId, position);
      case 'TokenIssued':
        return this.used(data.jti, data, position);
      case 'CredentialLent':
        return this.used(data.lendId, data, position);
      case 'TokenVoided':
        return this.voided(data.jti);
      case 'CredentialLendVoided':
        return this.voided(data.lendId);
      default:
        return undefined;
    }
  }

  end(): void {
    // Each was judged at its own place.
  }

  private consumed(approvalId: string, position: Position): void {
    const seen = this.at(approvalId);
    if (seen.confirmed === undefined) this.report({ sentence: `Approval ${approvalId} was consumed at ${position}, and nobody had confirmed it.`, positions: [position] });
    if (seen.withdrawn !== undefined) this.report({ sentence: `Approval ${approvalId} was consumed at ${position}, after it had been taken back at ${seen.withdrawn}.`, positions: [seen.withdrawn, position] });
    if (seen.consumed !== undefined) this.report({ sentence: `Approval ${approvalId} was consumed twice, at ${seen.consumed} and at ${position}.`, positions: [seen.consumed, position] });
    seen.consumed = position;
  }

  private used(id: string, { approvalId, decision }: { readonly approvalId?: string; readonly decision?: { readonly met?: readonly string[] } }, position: Position): void {
    if (approvalId === undefined) {
      if (decision?.met?.includes('approval')) this.report({ sentence: `${id} was issued at ${position} as approved, and names no approval.`, positions: [position] });
      return;
    }
    const seen = this.at(approvalId);
    if (seen.consumed === undefined) this.report({ sentence: `${id} was issued at ${position} on approval ${approvalId}, which had not been consumed.`, positions: [position] });
    if (seen.used) this.report({ sentence: `Approval ${approvalId} was used twice: for ${seen.used.id} at ${seen.used.position} and for ${id} at ${position}.`, positions: [seen.used.position, position] });
    seen.used = { id, position };
  }

  /** It was never handed out; the same use may be tried again at a place further on. */
  private voided(id: string): void {
    for (const seen of this.approvals.values()) if (seen.used?.id === id) seen.used = undefined;
  }

  private at(approvalId: string): Seen {
    const known = this.approvals.get(approvalId) ?? {};
    this.approvals.set(approvalId, known);
    return known;
  }
}
