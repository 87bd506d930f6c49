import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { Erasures } from './erasures.js';
import { personOf } from './person-of.js';

/**
 * Ends an account for good and destroys what the hub knows of the person. It is recorded first; whoever was not told that it is
 * done asks again, or waits for `FinishErasures`, and nothing is left out.
 */
export class EraseUser extends Command<Position> {
  constructor(readonly userId: string, readonly reason: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(EraseUser)
export class EraseUserHandler implements ICommandHandler<EraseUser> {
  constructor(private readonly live: LiveState, private readonly write: Write, private readonly erasures: Erasures) {}

  async execute({ userId, reason, context }: EraseUser): Promise<Position> {
    const { tenant } = context;
    // Of nobody who is not here is there a note, which would stay: who is here stays known.
    await personOf(this.live, tenant, userId);
    await this.erasures.begin(tenant, userId);
    const { position } = await this.write.to(user, streams.user(userId), { type: 'EraseUser', reason }, context);
    await this.erasures.finish(tenant, userId);
    return position;
  }
}
