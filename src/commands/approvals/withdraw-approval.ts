import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { approval } from '../../domain/approval/approval.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import type { CommandContext } from '../command-context.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import type { Denial } from './answer-approval.js';
import { OwnApprovals } from './own-approvals.js';

/** Takes back what was confirmed and not used yet. Of this and a use at once one wins, in the ledger. Throws Refusal: approval.*. */
export class WithdrawApproval extends Command<Position> {
  constructor(readonly approvalId: string, readonly answer: Denial, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(WithdrawApproval)
export class WithdrawApprovalHandler implements ICommandHandler<WithdrawApproval> {
  constructor(private readonly write: Write, private readonly own: OwnApprovals, private readonly live: LiveState, private readonly clock: Clock) {}

  async execute({ approvalId, answer: { userId, by, because }, context }: WithdrawApproval): Promise<Position> {
    const entry = await this.live.entry(approval, streams.approval(approvalId), context.tenant);
    // It may just have been confirmed on another node: nobody is told no on an old view.
    if (entry.state.status === 'pending') await this.live.refresh(entry as LiveEntry, context.tenant);
    if (by === 'person') await this.own.withdrawable(context.tenant, userId, approvalId);
    const command = { type: 'WithdrawApproval', userId, reason: by, ...(because === undefined ? {} : { because }), now: this.clock.seconds() } as const;
    return (await this.write.to(approval, streams.approval(approvalId), command, context)).position;
  }
}
