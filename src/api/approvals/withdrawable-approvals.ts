import { Injectable } from '@nestjs/common';
import { OwnApprovals } from '../../commands/approvals/own-approvals.js';
import { type KnownApproval, isOver } from '../../domain/approval/approval.decider.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { AgentDirectory } from '../../projections/agent-directory/agent-directory.queries.js';
import { Approvals } from '../../projections/approvals/approvals.queries.js';

const MOST_AGENTS = 200;

/** What was confirmed, was not used yet, and a person may take back. The read model says where to look, the ledger what is. */
@Injectable()
export class WithdrawableApprovals {
  constructor(
    private readonly own: OwnApprovals,
    private readonly approvals: Approvals,
    private readonly agents: AgentDirectory,
    private readonly clock: Clock,
  ) {}

  async ids(tenant: string, who: { readonly userId: string; readonly forTeams: boolean }, limit: number): Promise<readonly string[]> {
    const owned = await this.agents.list(tenant, { owner: { kind: 'user', id: who.userId }, limit: MOST_AGENTS });
    const withdrawableBy = { ...who, agentIds: owned.items.map(({ agentId }) => agentId) };
    return (await this.approvals.list(tenant, { withdrawableBy, status: 'approved', limit })).items.map(({ approvalId }) => approvalId);
  }

  async among(ids: readonly string[], tenant: string, userId: string): Promise<readonly KnownApproval[]> {
    const all = await Promise.all([...new Set(ids)].map((id) => this.own.withdrawable(tenant, userId, id).catch(nothing)));
    return all.filter((one): one is KnownApproval => one?.status === 'approved' && !isOver(one, this.clock.seconds()));
  }
}

const nothing = (error: unknown): undefined => {
  if (!(error instanceof Refusal)) throw error;
};
