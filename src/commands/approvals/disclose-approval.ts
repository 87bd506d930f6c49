import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';
import { type ApprovalText, ApprovalTexts } from './approval-texts.js';

/** Shows somebody who was not asked what stands in a request, through an agent. That it was done stands in the ledger before anything is opened. */
export class DiscloseApproval extends Command<ApprovalText | undefined> {
  constructor(readonly approvalId: string, readonly agentId: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(DiscloseApproval)
export class DiscloseApprovalHandler implements ICommandHandler<DiscloseApproval> {
  constructor(private readonly write: Write, private readonly texts: ApprovalTexts) {}

  /** Undefined when what it was sealed with is destroyed. */
  async execute({ approvalId, agentId, context }: DiscloseApproval): Promise<ApprovalText | undefined> {
    await this.write.record(streams.activity(agentId), activityEvents.ApprovalRevealed({ agentId, approvalId }), context);
    return this.texts.of(context.tenant, approvalId);
  }
}
