import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Privacy } from '../../domain/ports/privacy.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';
import { FactorSecrets } from '../factors/factor-secrets.js';
import { Sessions } from '../sign-in/sessions.js';
import { PasswordSetter } from './set-password.js';

/**
 * Ends an account for good and destroys what the hub knows of the person: the key of everything that is sealed about them, and what they
 * signed in with. It is recorded first; whoever was not told that it is done asks again, and nothing is left out.
 */
export class EraseUser extends Command<Position> {
  constructor(readonly userId: string, readonly reason: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(EraseUser)
export class EraseUserHandler implements ICommandHandler<EraseUser> {
  constructor(
    private readonly write: Write,
    private readonly privacy: Privacy,
    private readonly passwords: PasswordSetter,
    private readonly factors: FactorSecrets,
    private readonly sessions: Sessions,
  ) {}

  async execute({ userId, reason, context }: EraseUser): Promise<Position> {
    const { tenant } = context;
    const { position } = await this.write.to(user, streams.user(userId), { type: 'EraseUser', reason }, context);
    await this.privacy.erase(tenant, userId);
    await this.passwords.remove(tenant, userId);
    await this.factors.removeAll(tenant, userId);
    await this.sessions.endAll(tenant, userId);
    return position;
  }
}
