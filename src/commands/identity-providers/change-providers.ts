import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type IdentityProvidersCommand, identityProviders } from '../../domain/idp/idp.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { type User, user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';
import { Write } from '../write.js';
import { ProviderSecrets } from './provider-secrets.js';
import { ProviderTrust } from './provider-trust.js';

/** Removes a provider, or says in which ways people sign in. */
export class ChangeProviders extends Command<Position> {
  constructor(readonly change: Extract<IdentityProvidersCommand, { type: 'RemoveProvider' | 'ChangeSignInWays' }>, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ChangeProviders)
export class ChangeProvidersHandler implements ICommandHandler<ChangeProviders> {
  constructor(private readonly write: Write, private readonly live: LiveState, private readonly secrets: ProviderSecrets, private readonly trust: ProviderTrust) {}

  async execute({ change, context }: ChangeProviders): Promise<Position> {
    if (change.type === 'ChangeSignInWays') for (const userId of change.emergency) await this.checkEmergency(userId, context);
    if (change.type === 'RemoveProvider') await this.trust.endBefore(change, change.reason, context);
    const { position } = await this.write.to(identityProviders, streams.idp(context.tenant), change, context);
    if (change.type === 'RemoveProvider') await this.secrets.shred(context.tenant, change.providerId);
    return position;
  }

  /** Whoever is to open the door when nothing else does has to be able to. */
  private async checkEmergency(userId: string, { tenant }: CommandContext): Promise<void> {
    const isAble = ({ state }: LiveEntry<User>): boolean => state.status === 'active' && state.roles.includes('admin') && state.passwordSetAt > 0;
    if (!isAble(await secondLook(this.live, () => this.live.entry(user, streams.user(userId), tenant), isAble))) throw new Refusal('idp.invalid', 'In an emergency only an active administrator with a password of their own here can come in.');
  }
}
