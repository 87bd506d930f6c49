import { Injectable } from '@nestjs/common';
import { checkNoReference } from '../../domain/connection/setting-checks.js';
import { type IdentityProvider, identityProviders } from '../../domain/idp/idp.decider.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import type { Position } from '../../domain/kernel/event.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { CredentialVault, type VaultPlace } from '../../domain/ports/credential-vault.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { DownstreamOAuth } from '../../domain/ports/downstream-oauth.js';
import type { CommandContext } from '../command-context.js';
import { fingerprintOf } from '../connections/fingerprint.js';
import { Write } from '../write.js';

/** What the hub proves itself to an identity provider with. */
@Injectable()
export class ProviderSecrets {
  constructor(
    private readonly write: Write,
    private readonly vault: CredentialVault,
    private readonly oauth: DownstreamOAuth,
    private readonly crypto: Crypto,
  ) {}

  /** The given client secret, or a private key that is made here and never leaves. The vault has it before the ledger says so. */
  async set({ providerId, secret: before }: IdentityProvider, given: string | undefined, context: CommandContext): Promise<Position> {
    if (given !== undefined) checkNoReference(given);
    const { secret, jwk } = given === undefined ? await this.oauth.generateKey() : { secret: given, jwk: undefined };
    const secretId = this.crypto.randomId(ID_PREFIX.secret);
    await this.vault.seal(placeOf(context.tenant, providerId, secretId), secret);
    const fingerprint = fingerprintOf(this.crypto, context.tenant, secret);
    const command = { type: 'SetProviderSecret', providerId, secretId, kind: jwk === undefined ? 'client_secret' : 'private_key', fingerprint, ...(jwk === undefined ? {} : { jwk }) } as const;
    try {
      const { position } = await this.write.to(identityProviders, streams.idp(context.tenant), command, context);
      if (before) await this.vault.shred(context.tenant, providerId, before.secretId);
      return position;
    } catch (error) {
      if (error instanceof Refusal) await this.vault.shred(context.tenant, providerId, secretId);
      throw error;
    }
  }

  /** Throws VaultIntegrityError when it is not what was put there: nobody is signed in with it then. */
  async open(tenant: string, { providerId, secret }: IdentityProvider): Promise<string> {
    const opened = secret && (await this.vault.open(placeOf(tenant, providerId, secret.secretId)));
    if (opened === undefined) throw new Refusal('idp.secret_missing', 'The identity provider has no client secret here yet. An administrator has to set it.');
    return opened;
  }

  shred(tenant: string, providerId: string): Promise<void> {
    return this.vault.shred(tenant, providerId);
  }
}

const placeOf = (tenant: string, providerId: string, secretId: string): VaultPlace => ({ tenant, connectionId: providerId, credentialId: providerId, secretId, part: 'client' });
