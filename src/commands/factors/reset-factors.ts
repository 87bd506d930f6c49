import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';
import { FactorSecrets } from './factor-secrets.js';
import { Sessions } from '../sign-in/sessions.js';

/** An administrator takes all of a person's factors away, and their sessions with them: from now on the password is enough. */
export class ResetFactors extends Command<Position> {
  constructor(readonly userId: string, readonly reason: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ResetFactors)
export class ResetFactorsHandler implements ICommandHandler<ResetFactors> {
  constructor(private readonly write: Write, private readonly secrets: FactorSecrets, private readonly sessions: Sessions) {}

  async execute({ userId, reason, context }: ResetFactors): Promise<Position> {
    const { position } = await this.write.to(user, streams.user(userId), { type: 'ResetFactors', reason }, context);
    await this.secrets.removeAll(context.tenant, userId);
    await this.sessions.endAll(context.tenant, userId);
    return position;
  }
}
