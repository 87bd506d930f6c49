import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { userIdOf } from './handles.js';
import { RegisterUser, RegisterUserHandler } from './register-user.js';
import { PasswordSetter } from './set-password.js';

/** The person without whom nobody could sign in to make others. */
@Injectable()
export class FirstAdministrator {
  constructor(
    private readonly live: LiveState,
    private readonly register: RegisterUserHandler,
    private readonly passwords: PasswordSetter,
    private readonly secrets: SecretStore,
    private readonly crypto: Crypto,
  ) {}

  /** True when the account got this password just now: it is new, or a start that was cut short had left it without one. */
  async ensure(email: string, password: string, context: CommandContext): Promise<boolean> {
    try {
      await this.register.execute(new RegisterUser({ email, name: 'Administrator', roles: ['admin'], password }, context));
      return true;
    } catch (error) {
      if (!(error instanceof Refusal && /\.exists$|reservation\.taken/.test(error.code))) throw error;
      return this.finish(email, password, context);
    }
  }

  private async finish(email: string, password: string, context: CommandContext): Promise<boolean> {
    const { tenant } = context;
    const userId = await userIdOf(this.live, this.crypto, tenant, email);
    const { state } = await this.live.entry(user, streams.user(userId ?? ''), tenant);
    if (state.status !== 'active' || !state.roles.includes('admin')) return false;
    // The vault tells: the event of a password goes before the password itself.
    if (await this.secrets.get(tenant, 'password', state.userId)) return false;
    await this.passwords.set(state.userId, password, context);
    return true;
  }
}
