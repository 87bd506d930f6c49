import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

type Noted =
  | ReturnType<typeof activityEvents.ClientAuthenticationFailed>
  | ReturnType<typeof activityEvents.ApiCallRefused>
  | ReturnType<typeof activityEvents.AuthorizationRefused>
  | ReturnType<typeof activityEvents.TokenRefused>;

/** Records what an agent was refused before any decision was made about it. Only for agents that exist. */
export class NoteRefusal extends Command<void> {
  constructor(readonly noted: Noted, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(NoteRefusal)
export class NoteRefusalHandler implements ICommandHandler<NoteRefusal> {
  constructor(private readonly write: Write) {}

  async execute({ noted, context }: NoteRefusal): Promise<void> {
    await this.write.record(streams.activity(noted.data.agentId), noted, context);
  }
}
