import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { Passwords } from '../../domain/ports/passwords.js';
import { PASSWORD } from '../../domain/user/authentication.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { BeginSession, type SignedIn, type Whence } from './begin-session.js';
import { userIdOf } from '../users/handles.js';
import { MOST_PASSWORD_LENGTH, PasswordSetter } from '../users/set-password.js';
import { secondLook } from '../second-look.js';

/**
 * Gives the session cookie, or undefined when e-mail and password do not go together; nobody learns which was wrong. Of a person
 * with a second factor it is half a session.
 */
export class SignIn extends Command<SignedIn | undefined> {
  constructor(readonly email: string, readonly password: string, readonly whence: Whence, readonly context: Omit<CommandContext, 'actor'>) {
    super();
  }
}

@CommandHandler(SignIn)
export class SignInHandler implements ICommandHandler<SignIn> {
  constructor(
    private readonly live: LiveState,
    private readonly crypto: Crypto,
    private readonly passwords: Passwords,
    private readonly setter: PasswordSetter,
    private readonly begin: BeginSession,
  ) {}

  async execute({ email, password, whence, context }: SignIn): Promise<SignedIn | undefined> {
    // Nobody has such a password, so nothing is told and nothing is hashed (RX-07).
    if (password.length > MOST_PASSWORD_LENGTH) return undefined;
    const { tenant } = context;
    const userId = await userIdOf(this.live, this.crypto, tenant, email);
    const stored = userId === undefined ? undefined : await this.setter.hash(tenant, userId);
    // An unknown person costs the same argon2 pass as a known one, so time tells nothing.
    const matches = await this.passwords.verify(password, stored);
    if (!matches || userId === undefined) return undefined;
    const { state } = await secondLook(this.live, () => this.live.entry(user, streams.user(userId), tenant), (found) => found.state.status === 'active');
    if (state.status !== 'active') return undefined;
    const holds = async (): Promise<boolean> => (await this.setter.hash(tenant, userId)) === stored;
    const proven = { userId, methods: PASSWORD, ...whence };
    if (state.factors.enrolled.length > 0) return this.begin.half({ ...proven, holds }, context);
    // A factor that was enrolled meanwhile, maybe on another node, is asked for at the next try.
    return this.begin.whole({ ...proven, holds: async ({ factors }) => factors.enrolled.length === 0 && holds() }, context);
  }
}
