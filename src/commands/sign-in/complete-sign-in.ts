import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { together } from '../../domain/user/authentication.js';
import type { KnownUser } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { BeginSession, type SignedIn, type Whence } from './begin-session.js';
import { ConfirmFactor, ConfirmFactorHandler, type FactorProof } from '../factors/confirm-factor.js';
import type { Occasion } from '../factors/factor-challenges.js';
import { type Session, Sessions } from './sessions.js';

/** Whoever gave the right password shows a second factor: from half a session a new one begins. Throws Refusal when the factor does not count. */
export class CompleteSignIn extends Command<SignedIn | undefined> {
  constructor(readonly half: Session, readonly shown: { readonly proof: FactorProof; readonly occasion: Occasion }, readonly whence: Whence, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(CompleteSignIn)
export class CompleteSignInHandler implements ICommandHandler<CompleteSignIn> {
  constructor(private readonly confirm: ConfirmFactorHandler, private readonly begin: BeginSession, private readonly sessions: Sessions) {}

  async execute({ half, shown, whence, context }: CompleteSignIn): Promise<SignedIn | undefined> {
    const { userId, upstream } = half;
    const { methods } = await this.confirm.execute(new ConfirmFactor(userId, shown.proof, shown.occasion, context));
    // What has ended the half meanwhile (a new password, a sign-out at the identity provider) ends what came of it.
    const holds = ({ passwordSetAt, halfSessions }: KnownUser): boolean => passwordSetAt <= (half.startedAt ?? half.authTime) && halfSessions.some(({ digest }) => digest === half.digest);
    const signedIn = await this.begin.whole({ userId, methods: together(half.methods, methods), ...whence, holds, ...(upstream ? { upstream: { ...upstream, authTime: half.authTime } } : {}) }, context);
    await this.sessions.end(context.tenant, half);
    return signedIn;
  }
}
