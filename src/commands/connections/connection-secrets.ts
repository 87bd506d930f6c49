import { Injectable } from '@nestjs/common';
import { type KnownConnection, connection } from '../../domain/connection/connection.decider.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { CredentialVault, VaultIntegrityError, type VaultPlace } from '../../domain/ports/credential-vault.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { DownstreamOAuth, type ServiceClient } from '../../domain/ports/downstream-oauth.js';
import { checkNoReference } from '../../domain/connection/setting-checks.js';
import type { CommandContext } from '../command-context.js';
import { Write, type Written } from '../write.js';
import { fingerprintOf } from './fingerprint.js';

export type GivenSecret = { readonly kind: 'client_secret'; readonly value: string } | { readonly kind: 'private_key' };

/** What the hub proves itself to a service with. */
@Injectable()
export class ConnectionSecrets {
  constructor(
    private readonly write: Write,
    private readonly vault: CredentialVault,
    private readonly oauth: DownstreamOAuth,
    private readonly crypto: Crypto,
  ) {}

  /** A given client secret, or a private key that is made here and never leaves. The vault has it before the ledger says so. */
  async set({ connectionId, secret: before }: KnownConnection, given: GivenSecret, context: CommandContext): Promise<Written<unknown, unknown>> {
    if (given.kind === 'client_secret') checkNoReference(given.value);
    const { secret, jwk } = given.kind === 'client_secret' ? { secret: given.value, jwk: undefined } : await this.oauth.generateKey();
    const secretId = this.crypto.randomId(ID_PREFIX.secret);
    await this.vault.seal(this.place(context.tenant, connectionId, secretId), secret);
    const fingerprint = fingerprintOf(this.crypto, context.tenant, secret);
    const command = { type: 'SetSecret', secretId, kind: given.kind, fingerprint, ...(jwk === undefined ? {} : { jwk }) } as const;
    try {
      const written = await this.write.to(connection, streams.connection(connectionId), command, context);
      if (before) await this.vault.shred(context.tenant, connectionId, before.secretId);
      return written;
    } catch (error) {
      if (error instanceof Refusal) await this.vault.shred(context.tenant, connectionId, secretId);
      throw error;
    }
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
      return await this.vault.open(this.place(context.tenant, connectionId, secretId));
    } catch (error) {
      if (error instanceof VaultIntegrityError)
        await this.write.to(connection, streams.connection(connectionId), { type: 'SuspendConnection', reason: 'What the vault holds as its client secret is not what was stored.' }, context);
      throw error;
    }
  }

  private place(tenant: string, connectionId: string, secretId: string): VaultPlace {
    return { tenant, connectionId, credentialId: connectionId, secretId, part: 'client' };
  }
}
