import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

/** The person said no; the answer goes to the client after it is recorded. */
export class DenyConsent extends Command<void> {
  constructor(
    readonly denied: { readonly agentId: string; readonly userId: string; readonly resourceId: string; readonly scopes: readonly string[] },
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(DenyConsent)
export class DenyConsentHandler implements ICommandHandler<DenyConsent> {
  constructor(private readonly write: Write) {}

  async execute({ denied, context }: DenyConsent): Promise<void> {
    await this.write.record(streams.activity(denied.agentId), activityEvents.ConsentDenied(denied), context);
  }
}
