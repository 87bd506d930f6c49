import { Injectable } from '@nestjs/common';
import { type KnownApproval, approval } from '../../domain/approval/approval.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { LiveState } from '../live-state.js';
import { Accountable } from './accountable.js';

/** What one person may answer (SU-05). */
@Injectable()
export class OwnApprovals {
  constructor(private readonly live: LiveState, private readonly accountable: Accountable) {}

  /** Throws Refusal('approval.unknown'): somebody else's request reads as one that does not exist. */
  async of(tenant: string, userId: string, approvalId: string): Promise<KnownApproval> {
    const { state } = await this.live.entry(approval, streams.approval(approvalId), tenant);
    if (state.status !== 'unknown' && (await this.accountable.mayAnswer(tenant, state.approver, userId))) return state;
    throw new Refusal('approval.unknown', 'There is no such request, or it is not for you to answer.');
  }
}
