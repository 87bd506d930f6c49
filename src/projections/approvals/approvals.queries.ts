import { Injectable } from '@nestjs/common';
import type { Approver } from '../../domain/approval/approval.events.js';
import { COLLECT_LIFETIME } from '../../domain/approval/lifetimes.js';
import type { Principal } from '../../domain/grant/principal.js';
import { Clock } from '../../domain/ports/clock.js';
import { type Condition, EVERY_TENANT, type Found, type Page, type PageRequest, ReadModels } from '../read-models.js';
import { approvals, approvalsTable } from './approvals.projection.js';

export const APPROVAL_STATUS = ['pending', 'approved', 'denied', 'withdrawn', 'expired', 'consumed'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUS)[number];

export interface ListedApproval {
  readonly approvalId: string;
  readonly agentId: string;
  readonly approver: Approver;
  readonly principal: Principal;
  /** Of a resource, or of a connection. */
  readonly targetId: string;
  readonly scopes: readonly string[];
  readonly grantType: string;
  readonly status: ApprovalStatus;
  /** NumericDate. */
  readonly expiresAt: number;
  /** Who said yes or no, or took it back. */
  readonly answeredBy?: string;
  /** ISO 8601. */
  readonly since: string;
  readonly changedAt: string;
}

export interface ApprovalQuestion extends PageRequest {
  readonly agentId?: string | undefined;
  /** Who was asked: a person or a team. */
  readonly approverId?: string | undefined;
  /** What this person may answer; `forTeams`: and what administrators may. */
  readonly answerableBy?: { readonly userId: string; readonly forTeams: boolean } | undefined;
  /** What this person may take back once it is confirmed: what they may answer or have, and what these agents asked. */
  readonly withdrawableBy?: { readonly userId: string; readonly forTeams: boolean; readonly agentIds: readonly string[] } | undefined;
  readonly status?: ApprovalStatus | undefined;
}

const answeredBy = ({ forTeams }: { readonly forTeams: boolean }): string => (forTeams ? 'r.approver_id = :userId OR r.approver_kind = \'team\'' : 'r.approver_id = :userId');
const withdrawable = ({ userId, agentIds, ...who }: NonNullable<ApprovalQuestion['withdrawableBy']>): Condition => {
  const ofAgents = agentIds.length === 0 ? '' : ' OR r.agent_id IN (:...agentIds)';
  return [`(${answeredBy(who)} OR r.answered_by = :userId${ofAgents})`, { userId, agentIds }];
};

const STATUS = `CASE WHEN r.status = 'pending' AND r.expires_at <= :now THEN 'expired' ELSE r.status END`;

/** What was asked in one tenant, newest first. */
@Injectable()
export class Approvals {
  constructor(private readonly models: ReadModels, private readonly clock: Clock) {}

  async list(tenant: string, { agentId, approverId, answerableBy, withdrawableBy, status, ...request }: ApprovalQuestion = {}): Promise<Page<ListedApproval>> {
    const page = await this.models.page({
      of: approvals, table: approvalsTable, tenant, equal: { agentId, approverId },
      where: [
        answerableBy && [`(${answeredBy(answerableBy)})`, { userId: answerableBy.userId }],
        withdrawableBy && withdrawable(withdrawableBy),
        status && [`${STATUS} = :status`, { status, now: this.clock.seconds() }],
      ],
    }, request);
    return { ...page, items: page.items.map((row) => this.shown(row)) };
  }

  /** Of every tenant: what is over, and not noted as such yet. */
  async dueForExpiry(request: PageRequest): Promise<Page<{ readonly tenant: string; readonly approvalId: string }>> {
    const now = this.clock.seconds();
    const over = `(r.status = 'pending' AND r.expires_at <= :now) OR (r.status = 'approved' AND r.expires_at <= :late)`;
    const page = await this.models.page({ of: approvals, table: approvalsTable, tenant: EVERY_TENANT, where: [[`(${over})`, { now, late: now - COLLECT_LIFETIME }]] }, request);
    return { ...page, items: page.items.map(({ tenant, approvalId }) => ({ tenant, approvalId })) };
  }

  private shown({ tenant: _, position: __, approverKind, approverId, principalKind, principalId, ...row }: Found<typeof approvalsTable.columns>): ListedApproval {
    return {
      ...row, approver: { kind: approverKind, id: approverId }, principal: { kind: principalKind, id: principalId },
      status: row.status === 'pending' && row.expiresAt <= this.clock.seconds() ? 'expired' : row.status,
    };
  }
}
