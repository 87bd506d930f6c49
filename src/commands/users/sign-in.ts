import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { Passwords } from '../../domain/ports/passwords.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { userIdOf } from './handles.js';
import { Sessions } from './sessions.js';
import { MOST_PASSWORD_LENGTH } from './set-password.js';

/** Gives the session cookie, or undefined when e-mail and password do not go together; nobody learns which was wrong. Throws Refusal('tenant.suspended'). */
export class SignIn extends Command<{ readonly cookie: string } | undefined> {
  constructor(readonly email: string, readonly password: string, readonly network: string | undefined, readonly context: Omit<CommandContext, 'actor'>) {
    super();
  }
}

@CommandHandler(SignIn)
export class SignInHandler implements ICommandHandler<SignIn> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly crypto: Crypto,
    private readonly passwords: Passwords,
    private readonly secrets: SecretStore,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
  ) {}

  async execute({ email, password, network, context }: SignIn): Promise<{ cookie: string } | undefined> {
    // Nobody has such a password, so nothing is told and nothing is hashed (RX-07).
    if (password.length > MOST_PASSWORD_LENGTH) return undefined;
    const { tenant } = context;
    await this.sessions.checkOpen(tenant);
    const userId = await userIdOf(this.live, this.crypto, tenant, email);
    const stored = userId === undefined ? undefined : await this.passwordOf(tenant, userId);
    // An unknown person costs the same argon2 pass as a known one, so time tells nothing.
    const matches = await this.passwords.verify(password, stored);
    if (!matches || userId === undefined) return undefined;
    const { state } = await this.live.entry(user, streams.user(userId), tenant);
    if (state.status !== 'active') return undefined;
    const { cookie, digest } = this.sessions.prepare(userId);
    const methods = ['pwd'];
    const command = { type: 'SignIn', sessionDigest: digest, methods, network, at: this.clock.seconds() } as const;
    await this.write.to(user, streams.user(userId), command, { ...context, actor: { kind: 'user', id: userId } });
    await this.sessions.start(tenant, userId, digest, methods);
    if (await this.stillHolds(tenant, userId, stored)) return { cookie };
    await this.sessions.end(tenant, { userId, digest });
    return undefined;
  }

  /**
   * Sessions end after a password is replaced and after a person is disabled; one that began while that happened would
   * slip through. Looked at once more when the session counts: what changes later finds it and ends it.
   */
  private async stillHolds(tenant: string, userId: string, verified: string | undefined): Promise<boolean> {
    const entry = await this.live.entry(user, streams.user(userId), tenant);
    // From the ledger itself: another node may have disabled the person, and this one not have heard of it yet.
    await this.live.refresh(entry as LiveEntry, tenant);
    return entry.state.status === 'active' && (await this.passwordOf(tenant, userId)) === verified;
  }

  private async passwordOf(tenant: string, userId: string): Promise<string | undefined> {
    const stored = await this.secrets.get(tenant, 'password', userId);
    return stored && new TextDecoder().decode(stored);
  }
}
