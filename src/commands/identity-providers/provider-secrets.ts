import { Injectable } from '@nestjs/common';
import { type IdentityProvider, identityProviders } from '../../domain/idp/idp.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import type { Position } from '../../domain/kernel/event.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import type { CommandContext } from '../command-context.js';
import { ClientSecrets } from '../connections/client-secrets.js';
import { Write } from '../write.js';

/** What the hub proves itself to an identity provider with. */
@Injectable()
export class ProviderSecrets {
  constructor(private readonly write: Write, private readonly secrets: ClientSecrets) {}

  /** The given client secret; a private key when none is given. */
  async set({ providerId, secret: before }: IdentityProvider, given: string | undefined, context: CommandContext): Promise<Position> {
    const { position } = await this.secrets.set({ tenant: context.tenant, ownerId: providerId, before, given }, (described) =>
      this.write.to(identityProviders, streams.idp(context.tenant), { type: 'SetProviderSecret', providerId, ...described }, context));
    return position;
  }

  /** Throws VaultIntegrityError when it is not what was put there: nobody is signed in with it then. */
  async open(tenant: string, { providerId, secret }: IdentityProvider): Promise<string> {
    const opened = secret && (await this.secrets.open(tenant, providerId, secret.secretId));
    if (opened === undefined) throw new Refusal('idp.secret_missing', 'The identity provider has no client secret here yet. An administrator has to set it.');
    return opened;
  }

  shred(tenant: string, providerId: string): Promise<void> {
    return this.secrets.shred(tenant, providerId);
  }
}
