import { Injectable } from '@nestjs/common';
import { type KnownConnection, connection } from '../../domain/connection/connection.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { VaultIntegrityError } from '../../domain/ports/credential-vault.js';
import type { ServiceClient } from '../../domain/ports/downstream-oauth.js';
import type { CommandContext } from '../command-context.js';
import { Write, type Written } from '../write.js';
import { ClientSecrets } from './client-secrets.js';

export type GivenSecret = { readonly kind: 'client_secret'; readonly value: string } | { readonly kind: 'private_key' };

/** What the hub proves itself to a service with. */
@Injectable()
export class ConnectionSecrets {
  constructor(private readonly write: Write, private readonly secrets: ClientSecrets) {}

  async set({ connectionId, secret: before }: KnownConnection, given: GivenSecret, context: CommandContext): Promise<Written<unknown, unknown>> {
    return this.secrets.set({ tenant: context.tenant, ownerId: connectionId, before, given: given.kind === 'client_secret' ? given.value : undefined }, (described) =>
      this.write.to(connection, streams.connection(connectionId), { type: 'SetSecret', ...described }, context));
  }

  /** The hub as a client of the service. A secret that is not what was put there stops the connection (VA-10). */
  async client({ connectionId, oauth, secret }: KnownConnection, context: CommandContext): Promise<ServiceClient> {
    if (!oauth) throw new Error(`${connectionId} is no OAuth connection`);
    if (oauth.clientAuthentication === 'none') return { oauth, secret: undefined };
    const opened = secret && (await this.opened(connectionId, secret.secretId, context));
    if (opened === undefined) throw new Refusal('connection.secret_missing', 'The connection has no client secret yet. An administrator has to set it.');
    return { oauth, secret: opened };
  }

  private async opened(connectionId: string, secretId: string, context: CommandContext): Promise<string | undefined> {
    try {
      return await this.secrets.open(context.tenant, connectionId, secretId);
    } catch (error) {
      if (error instanceof VaultIntegrityError)
        await this.write.to(connection, streams.connection(connectionId), { type: 'SuspendConnection', reason: 'What the vault holds as its client secret is not what was stored.' }, context);
      throw error;
    }
  }
}
