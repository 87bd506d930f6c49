import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ProviderSettings } from '../../domain/idp/idp.events.js';
import { type IdentityProvider, identityProviders } from '../../domain/idp/idp.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import type { Position } from '../../domain/kernel/event.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { Settings } from '../../domain/ports/settings.js';
import type { CommandContext } from '../command-context.js';
import { identityProviderIdOf } from '../derived-ids.js';
import { Write } from '../write.js';
import { DiscoverProvider } from './discover-provider.js';
import { ProviderSecrets } from './provider-secrets.js';
import { ProviderTrust } from './provider-trust.js';

/** What an administrator says of a provider; its endpoints are asked of its issuer. */
export type ProviderDraft = Omit<ProviderSettings, 'endpoints'> & { readonly clientSecret?: string | undefined };

/** Lets people sign in with a provider, or changes under which rules. */
export class SetProvider extends Command<{ readonly providerId: string; readonly position: Position }> {
  constructor(readonly draft: ProviderDraft, readonly context: CommandContext) {
    super();
  }
}

/** Settings first, then the secret: a provider without one lets nobody in, and setting it again finishes what a crash began. */
@CommandHandler(SetProvider)
export class SetProviderHandler implements ICommandHandler<SetProvider> {
  constructor(
    private readonly write: Write,
    private readonly discover: DiscoverProvider,
    private readonly secrets: ProviderSecrets,
    private readonly trust: ProviderTrust,
    private readonly crypto: Crypto,
    private readonly settings: Settings,
  ) {}

  async execute({ draft: { clientSecret, ...draft }, context }: SetProvider): Promise<{ providerId: string; position: Position }> {
    const providerId = identityProviderIdOf(this.crypto, context.tenant, draft.name);
    const { issuer, endpoints } = await this.discover.at(draft.issuer);
    const command = { type: 'SetProvider', providerId, settings: { ...draft, issuer, endpoints }, local: this.settings.allowLoopback } as const;
    await this.trust.endBefore(command, 'The identity provider has another issuer now.', context);
    const { state, position } = await this.write.to(identityProviders, streams.idp(context.tenant), command, context);
    const provider = state.providers.find((one) => one.providerId === providerId) as IdentityProvider;
    const isDone = clientSecret === undefined && (provider.secret !== undefined || provider.clientAuthentication !== 'private_key_jwt');
    return { providerId, position: isDone ? position : await this.secrets.set(provider, clientSecret, context) };
  }
}
