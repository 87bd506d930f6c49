import { Injectable } from '@nestjs/common';
import { OwnApprovals } from '../../commands/approvals/own-approvals.js';
import { LiveState } from '../../commands/live-state.js';
import { type KnownApproval, isOver } from '../../domain/approval/approval.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { user } from '../../domain/user/user.decider.js';
import { AgentDirectory } from '../../projections/agent-directory/agent-directory.queries.js';
import { Approvals, type ListedApproval } from '../../projections/approvals/approvals.queries.js';
import { ReadModelUnavailable } from '../../projections/read-database.js';

const MOST_SHOWN = 50;
const MOST_AGENTS = 200;

export interface OpenApprovalsOfOne {
  readonly waiting: readonly ListedApproval[];
  /** Confirmed, not used yet, and the person's to take back. */
  readonly confirmed: readonly KnownApproval[];
}

/** What a person can do something about. The read model says where to look, the ledger what has been done already. */
@Injectable()
export class OpenApprovals {
  constructor(
    private readonly own: OwnApprovals,
    private readonly approvals: Approvals,
    private readonly agents: AgentDirectory,
    private readonly live: LiveState,
    private readonly clock: Clock,
  ) {}

  /** `answered`: what the person has just answered. They are told so, whether the lists can be had or not. */
  async of(tenant: string, userId: string, answered: string | undefined): Promise<OpenApprovalsOfOne> {
    const orNone = (error: unknown): readonly never[] => {
      if (answered !== undefined && error instanceof ReadModelUnavailable) return [];
      throw error;
    };
    const { state } = await this.live.entry(user, streams.user(userId), tenant);
    const who = { userId, forTeams: state.status === 'active' && state.roles.includes('admin') };
    const pending = await this.approvals.list(tenant, { answerableBy: who, status: 'pending', limit: MOST_SHOWN }).then(({ items }) => items, orNone);
    const approved = await this.approved(tenant, who).catch(orNone);
    return {
      // The read model may be a moment behind what was just made durable.
      waiting: pending.filter(({ approvalId }) => approvalId !== answered),
      confirmed: await this.withdrawable([...(answered === undefined ? [] : [answered]), ...approved], tenant, userId),
    };
  }

  private async approved(tenant: string, who: { readonly userId: string; readonly forTeams: boolean }): Promise<readonly string[]> {
    const owned = await this.agents.list(tenant, { owner: { kind: 'user', id: who.userId }, limit: MOST_AGENTS });
    const withdrawableBy = { ...who, agentIds: owned.items.map(({ agentId }) => agentId) };
    return (await this.approvals.list(tenant, { withdrawableBy, status: 'approved', limit: MOST_SHOWN })).items.map(({ approvalId }) => approvalId);
  }

  private async withdrawable(ids: readonly string[], tenant: string, userId: string): Promise<readonly KnownApproval[]> {
    const all = await Promise.all([...new Set(ids)].map((id) => this.own.withdrawable(tenant, userId, id).catch(nothing)));
    return all.filter((one): one is KnownApproval => one?.status === 'approved' && !isOver(one, this.clock.seconds()));
  }
}

const nothing = (error: unknown): undefined => {
  if (!(error instanceof Refusal)) throw error;
};
