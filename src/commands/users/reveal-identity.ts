import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import { claimsOf } from '../../domain/token/identity-scopes.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';
import { People, type Person } from './people.js';

/** Tells an agent of a person what the person agreed to. That it was done stands in the ledger before anything is opened. */
export class RevealIdentity extends Command<Partial<Person>> {
  constructor(readonly userId: string, readonly agentId: string, readonly scopes: readonly string[], readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(RevealIdentity)
export class RevealIdentityHandler implements ICommandHandler<RevealIdentity> {
  constructor(private readonly write: Write, private readonly people: People) {}

  async execute({ userId, agentId, scopes, context }: RevealIdentity): Promise<Partial<Person>> {
    const claims = claimsOf(scopes);
    if (claims.length === 0) return {};
    await this.write.record(streams.activity(agentId), activityEvents.PersonalDataRevealed({ agentId, userIds: [userId], claims }), context);
    const person = await this.people.find(context.tenant, userId);
    return person ? Object.fromEntries(claims.map((claim) => [claim, person[claim]])) : {};
  }
}
