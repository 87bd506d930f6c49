import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import type { CommandContext } from '../command-context.js';
import { FindProviders } from './find-providers.js';
import { ProviderSecrets } from './provider-secrets.js';

/** Another client secret; without one, another private key. */
export class SetProviderSecret extends Command<Position> {
  constructor(readonly providerId: string, readonly clientSecret: string | undefined, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(SetProviderSecret)
export class SetProviderSecretHandler implements ICommandHandler<SetProviderSecret> {
  constructor(private readonly find: FindProviders, private readonly secrets: ProviderSecrets) {}

  async execute({ providerId, clientSecret, context }: SetProviderSecret): Promise<Position> {
    const provider = await this.find.byId(context.tenant, providerId);
    if (!provider) throw new Refusal('idp.unknown', 'There is no such identity provider.');
    return this.secrets.set(provider, clientSecret, context);
  }
}
