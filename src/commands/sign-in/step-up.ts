import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams } from '../../domain/kernel/ids.js';
import { together } from '../../domain/user/authentication.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';
import { ConfirmFactor, ConfirmFactorHandler, type FactorProof } from '../factors/confirm-factor.js';
import type { Occasion } from '../factors/factor-challenges.js';
import { type Session, Sessions } from './sessions.js';

/** A signed-in person shows one factor more. The session goes on under a new secret: whoever had the old one has not more for it. Throws Refusal. */
export class StepUp extends Command<{ readonly cookie: string }> {
  constructor(readonly session: Session, readonly proof: FactorProof, readonly occasion: Occasion, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(StepUp)
export class StepUpHandler implements ICommandHandler<StepUp> {
  constructor(private readonly confirm: ConfirmFactorHandler, private readonly write: Write, private readonly sessions: Sessions) {}

  async execute({ session, proof, occasion, context }: StepUp): Promise<{ cookie: string }> {
    const { userId, authTime, device, startedAt, upstream } = session;
    const { methods: shown, at } = await this.confirm.execute(new ConfirmFactor(userId, proof, occasion, context));
    const methods = together(session.methods, shown);
    const { cookie, digest } = this.sessions.prepare(userId);
    await this.write.to(user, streams.user(userId), { type: 'StepUp', sessionDigest: digest, replaced: session.digest, methods, at }, context);
    // The sign-in is as old as it is; only how it was done has become more.
    await this.sessions.start(context.tenant, userId, digest, { authTime, provenAt: at, methods, device, startedAt, upstream });
    await this.sessions.end(context.tenant, session);
    return { cookie };
  }
}
