import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams } from '../../domain/kernel/ids.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';
import { type Session, Sessions } from './sessions.js';

export class SignOut extends Command<void> {
  constructor(readonly session: Pick<Session, 'userId' | 'digest'>, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(SignOut)
export class SignOutHandler implements ICommandHandler<SignOut> {
  constructor(private readonly write: Write, private readonly sessions: Sessions) {}

  async execute({ session, context }: SignOut): Promise<void> {
    await this.sessions.end(context.tenant, session);
    await this.write.to(user, streams.user(session.userId), { type: 'SignOut', sessionDigest: session.digest }, context);
  }
}
