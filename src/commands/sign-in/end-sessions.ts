import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';
import { type Session, Sessions } from './sessions.js';

/** Signs a person out everywhere, or everywhere else. */
export class EndSessions extends Command<Position> {
  constructor(readonly userId: string, readonly except: Session | undefined, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(EndSessions)
export class EndSessionsHandler implements ICommandHandler<EndSessions> {
  constructor(private readonly write: Write, private readonly sessions: Sessions) {}

  async execute({ userId, except, context }: EndSessions): Promise<Position> {
    await this.sessions.endAll(context.tenant, userId, except);
    return (await this.write.to(user, streams.user(userId), { type: 'EndSessions', except: except?.digest }, context)).position;
  }
}
