import { Injectable } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Passwords } from '../../domain/ports/passwords.js';
import { SecretStore, type StoredSecret } from '../../domain/ports/secret-store.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { undoneIfErased } from './erased-meanwhile.js';

export class SetPassword extends Command<void> {
  constructor(readonly userId: string, readonly password: string, readonly context: CommandContext) {
    super();
  }
}

const MIN_PASSWORD_LENGTH = 12;
export const MOST_PASSWORD_LENGTH = 1024;

/** Where a password becomes the one that holds. The event goes first: older sessions and grants end even if a crash follows. */
@Injectable()
export class PasswordSetter {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly passwords: Passwords,
    private readonly secrets: SecretStore,
    private readonly clock: Clock,
  ) {}

  check(password: string): void {
    if (password.length < MIN_PASSWORD_LENGTH || password.length > MOST_PASSWORD_LENGTH)
      throw new Refusal('user.invalid', `A password has ${MIN_PASSWORD_LENGTH} to ${MOST_PASSWORD_LENGTH} characters.`);
  }

  /** Its hash, to verify with. Undefined also when a crash came between the event and the vault: nobody can sign in then. */
  async hash(tenant: string, userId: string): Promise<string | undefined> {
    const stored = await this.secrets.get(tenant, 'password', userId);
    return stored && new TextDecoder().decode(stored);
  }

  async isSet(tenant: string, userId: string): Promise<boolean> {
    return (await this.hash(tenant, userId)) !== undefined;
  }

  /** The account has none any more. */
  remove(tenant: string, userId: string): Promise<void> {
    return this.secrets.delete(tenant, 'password', userId);
  }

  async set(userId: string, password: string, context: CommandContext): Promise<void> {
    await this.secrets.put(context.tenant, 'password', await this.recorded(userId, password, context));
    await this.unlessErased(userId, context);
    await this.secrets.deleteAll(context.tenant, 'session', `${userId}.`);
  }

  /** For an account that has none. Of several at once one sets it; false for the others. */
  async setFirst(userId: string, password: string, context: CommandContext): Promise<boolean> {
    const isFirst = await this.secrets.putNew(context.tenant, 'password', await this.recorded(userId, password, context));
    await this.unlessErased(userId, context);
    return isFirst;
  }

  private async unlessErased(userId: string, { tenant }: CommandContext): Promise<void> {
    if (await undoneIfErased(this.live, { tenant, userId }, () => this.remove(tenant, userId))) throw new Refusal('user.erased', 'This person was erased, which can\'t be undone.');
  }

  private async recorded(userId: string, password: string, context: CommandContext): Promise<StoredSecret> {
    this.check(password);
    const hash = await this.passwords.hash(password);
    await this.write.to(user, streams.user(userId), { type: 'SetPassword', at: this.clock.seconds() }, context);
    return { name: userId, value: new TextEncoder().encode(hash) };
  }
}

@CommandHandler(SetPassword)
export class SetPasswordHandler implements ICommandHandler<SetPassword> {
  constructor(private readonly setter: PasswordSetter) {}

  execute({ userId, password, context }: SetPassword): Promise<void> {
    return this.setter.set(userId, password, context);
  }
}
