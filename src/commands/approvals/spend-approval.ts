import { Injectable } from '@nestjs/common';
import { type KnownApproval, approval } from '../../domain/approval/approval.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import type { CommandContext } from '../command-context.js';
import type { LiveEntry } from '../live-entry.js';
import { Write } from '../write.js';
import { Accountable } from './accountable.js';
import { ApprovalTexts } from './approval-texts.js';

/** An approval on its way to what it allows. */
export interface SpentApproval {
  readonly approvalId: string;
  /** In one spelling; empty when there are none. */
  readonly authorizationDetails: string;
  readonly relied: readonly LiveEntry[];
  /** Why whoever confirmed it counts no more; asked again at the place of what it allows. */
  problem(): RefusalCode | undefined;
}

/** To decide what would be if a person confirmed it: what is refused even then nobody is asked about. */
export const AS_IF_APPROVED: SpentApproval = { approvalId: '', authorizationDetails: '', relied: [], problem: () => undefined };

/** An approval counts once: it is consumed at its exact revision before anything is issued on it, whatever comes of that then. */
@Injectable()
export class SpendApproval {
  constructor(
    private readonly write: Write,
    private readonly accountable: Accountable,
    private readonly texts: ApprovalTexts,
    private readonly clock: Clock,
  ) {}

  /** What it will be when it is consumed, to be decided with first; or why it can't be (SU-10). Nothing is consumed yet. */
  async look(known: KnownApproval, tenant: string): Promise<SpentApproval | RefusalCode> {
    const { approvalId, approver, principal, confirmation } = known;
    if (!confirmation) return 'approval.pending';
    const text = await this.texts.of(tenant, approvalId);
    const standing = await this.accountable.standing(tenant, { principal, approver, userId: confirmation.userId });
    const problem = (): RefusalCode | undefined => (standing.holds() ? undefined : 'approval.approver_gone');
    if (!text || problem()) return 'approval.approver_gone';
    return { approvalId, authorizationDetails: text.authorizationDetails, relied: standing.relied, problem };
  }

  /** One of all that try gets through; throws Refusal('approval.consumed') for the others. */
  async consume(approvalId: string, context: CommandContext): Promise<void> {
    await this.write.to(approval, streams.approval(approvalId), { type: 'ConsumeApproval', now: this.clock.seconds() }, context);
  }
}
