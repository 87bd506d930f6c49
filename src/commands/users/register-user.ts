import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { reservation } from '../../domain/reservation/reservation.decider.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { handleStream, userIdOf } from './handles.js';
import { PasswordSetter } from './set-password.js';

export class RegisterUser extends Command<{ readonly userId: string }> {
  constructor(
    readonly person: { readonly email: string; readonly name: string; readonly roles: readonly string[]; readonly password?: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Claims the e-mail first, so that of two registrations one wins; a crash in between is finished by trying again. */
@CommandHandler(RegisterUser)
export class RegisterUserHandler implements ICommandHandler<RegisterUser> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly crypto: Crypto,
    private readonly passwords: PasswordSetter,
  ) {}

  async execute({ person, context }: RegisterUser): Promise<{ userId: string }> {
    const { email, name, roles, password } = person;
    if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) throw new Refusal('user.invalid', 'This is not an e-mail address.');
    if (password !== undefined) this.passwords.check(password);
    const taken = await userIdOf(this.live, this.crypto, context.tenant, email);
    const userId = taken ?? this.crypto.randomId(ID_PREFIX.user);
    await this.write.to(reservation, handleStream(this.crypto, context.tenant, email), { type: 'ReserveName', kind: 'handle', holder: userId }, context);
    const isHalfMade = taken !== undefined && password !== undefined && (await this.isHalfMade(taken, roles, context));
    if (!isHalfMade) await this.write.to(user, streams.user(userId), { type: 'RegisterUser', userId, email, name, roles }, context);
    const isMine = password === undefined || (await this.passwords.setFirst(userId, password, context));
    if (!isMine) throw new Refusal('user.exists', 'This user is registered already.');
    return { userId };
  }

  /** Registered and without a password: an account that nobody can use. Only with the same roles, or it would be a way to take over a greater one. */
  private async isHalfMade(userId: string, roles: readonly string[], { tenant }: CommandContext): Promise<boolean> {
    const { state } = await this.live.entry(user, streams.user(userId), tenant);
    const isSame = state.status === 'active' && state.roles.length === roles.length && state.roles.every((role) => roles.includes(role));
    return isSame && !(await this.passwords.isSet(tenant, userId));
  }
}
