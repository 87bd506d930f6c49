import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';
import { People, type Person } from './people.js';

/** Shows one person who these others are, through an agent. That it was done stands in the ledger before anything is opened. */
export class DisclosePeople extends Command<readonly Person[]> {
  constructor(readonly userIds: readonly string[], readonly agentId: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(DisclosePeople)
export class DisclosePeopleHandler implements ICommandHandler<DisclosePeople> {
  constructor(private readonly write: Write, private readonly people: People) {}

  async execute({ userIds, agentId, context }: DisclosePeople): Promise<readonly Person[]> {
    if (userIds.length === 0) return [];
    await this.write.record(streams.activity(agentId), activityEvents.PersonalDataRevealed({ agentId, userIds }), context);
    return Promise.all(userIds.map((userId) => this.people.describe(context.tenant, userId)));
  }
}
