import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Passwords } from '../../domain/ports/passwords.js';
import { PASSWORD } from '../../domain/user/authentication.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { BeginSession, type SignedIn, type Whence } from '../sign-in/begin-session.js';
import { checkMayChangeFactors } from '../factors/may-change-factors.js';
import { personOf } from './person-of.js';
import type { Session } from '../sign-in/sessions.js';
import { MOST_PASSWORD_LENGTH, PasswordSetter } from './set-password.js';

/** A person sets a new password. Every session ends, and this one begins anew; what agents were allowed before ends too. Throws Refusal. */
export class ChangePassword extends Command<SignedIn | undefined> {
  constructor(readonly session: Session, readonly given: { readonly current: string; readonly password: string }, readonly whence: Whence, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ChangePassword)
export class ChangePasswordHandler implements ICommandHandler<ChangePassword> {
  constructor(
    private readonly live: LiveState,
    private readonly passwords: Passwords,
    private readonly setter: PasswordSetter,
    private readonly begin: BeginSession,
    private readonly clock: Clock,
  ) {}

  async execute({ session, given, whence, context }: ChangePassword): Promise<SignedIn | undefined> {
    const { userId } = session;
    const person = await personOf(this.live, context.tenant, userId);
    if (person.factors.enrolled.length > 0) checkMayChangeFactors(person, session, this.clock.seconds());
    this.setter.check(given.password);
    const fits = given.current.length <= MOST_PASSWORD_LENGTH && (await this.passwords.verify(given.current, await this.setter.hash(context.tenant, userId)));
    if (!fits) throw new Refusal('user.invalid', 'This is not your password.');
    await this.setter.set(userId, given.password, context);
    // Whoever replaced it at the same moment, an administrator maybe, ends this session too.
    const holds = async (): Promise<boolean> => this.passwords.verify(given.password, await this.setter.hash(context.tenant, userId));
    // The session is of this moment: what was shown for an older one, here or at an identity provider, does not count for it (SU-08).
    const methods = person.factors.enrolled.length > 0 ? session.methods : PASSWORD;
    return this.begin.whole({ userId, methods, ...whence, holds }, context);
  }
}
