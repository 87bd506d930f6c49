import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { approval } from '../../domain/approval/approval.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

/** Notes that nobody answered in time, or that the agent did not come. Nothing is decided by it: the time is looked at wherever an approval counts. */
export class ExpireApproval extends Command<void> {
  constructor(readonly approvalId: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ExpireApproval)
export class ExpireApprovalHandler implements ICommandHandler<ExpireApproval> {
  constructor(private readonly write: Write, private readonly clock: Clock) {}

  async execute({ approvalId, context }: ExpireApproval): Promise<void> {
    await this.write.to(approval, streams.approval(approvalId), { type: 'ExpireApproval', now: this.clock.seconds() }, context);
  }
}
