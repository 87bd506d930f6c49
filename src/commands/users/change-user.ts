import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import { type UserCommand, user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

/** Roles, claims, disabling and enabling: what an administrator does to a person's record. */
export class ChangeUser extends Command<Position> {
  constructor(readonly userId: string, readonly change: Extract<UserCommand, { type: 'ChangeRoles' | 'ChangeClaims' | 'DisableUser' | 'EnableUser' }>, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ChangeUser)
export class ChangeUserHandler implements ICommandHandler<ChangeUser> {
  constructor(private readonly write: Write, private readonly secrets: SecretStore) {}

  async execute({ userId, change, context }: ChangeUser): Promise<Position> {
    const { position } = await this.write.to(user, streams.user(userId), change, context);
    if (change.type === 'DisableUser') await this.secrets.deleteAll(context.tenant, 'session', `${userId}.`);
    return position;
  }
}
