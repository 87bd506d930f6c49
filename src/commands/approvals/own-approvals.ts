import { Injectable } from '@nestjs/common';
import { type Approval, type KnownApproval, approval } from '../../domain/approval/approval.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { LiveState } from '../live-state.js';
import { Accountable } from './accountable.js';
import { secondLook } from '../second-look.js';

/** What one person may answer (SU-05), and what they may take back. Throws Refusal('approval.unknown'): somebody else's request reads as one that does not exist. */
@Injectable()
export class OwnApprovals {
  constructor(private readonly live: LiveState, private readonly accountable: Accountable) {}

  async of(tenant: string, userId: string, approvalId: string): Promise<KnownApproval> {
    const state = await this.state(tenant, approvalId);
    if (state.status !== 'unknown' && (await this.accountable.mayAnswer(tenant, state.approver, userId))) return state;
    throw unknown();
  }

  /** To stop is freer than to allow: whoever confirmed it may, and whoever answers for the agent. */
  async withdrawable(tenant: string, userId: string, approvalId: string): Promise<KnownApproval> {
    const state = await this.state(tenant, approvalId);
    if (state.status === 'unknown') throw unknown();
    if (state.confirmation?.userId === userId) return state;
    for (const one of [state.approver, await this.accountable.owner(tenant, state.agentId)]) if (await this.accountable.mayAnswer(tenant, one, userId)) return state;
    throw unknown();
  }

  private async state(tenant: string, approvalId: string): Promise<Approval> {
    return (await secondLook(this.live, () => this.live.entry(approval, streams.approval(approvalId), tenant), ({ state }) => state.status !== 'unknown')).state;
  }
}

const unknown = (): Refusal => new Refusal('approval.unknown', 'There is no such request, or it is not for you to answer.');
