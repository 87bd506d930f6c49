import { Injectable } from '@nestjs/common';
import { checkNoReference } from '../../domain/connection/setting-checks.js';
import { ID_PREFIX } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { CredentialVault, type VaultPlace } from '../../domain/ports/credential-vault.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { DownstreamOAuth } from '../../domain/ports/downstream-oauth.js';
import { fingerprintOf } from './fingerprint.js';

interface NewSecret {
  readonly tenant: string;
  /** The connection, or the identity provider. */
  readonly ownerId: string;
  readonly before: { readonly secretId: string } | undefined;
  /** A client secret; undefined for a private key that is made here and never leaves. */
  readonly given: string | undefined;
}
/** What may be said of it. */
interface Described {
  readonly secretId: string;
  readonly kind: 'client_secret' | 'private_key';
  readonly fingerprint: string;
  readonly jwk?: string;
}

/** What the hub proves itself with where it is a client: to a service, or to an identity provider. */
@Injectable()
export class ClientSecrets {
  constructor(private readonly vault: CredentialVault, private readonly oauth: DownstreamOAuth, private readonly crypto: Crypto) {}

  /** The vault has it before `record` says so in the ledger. */
  async set<W>({ tenant, ownerId, before, given }: NewSecret, record: (described: Described) => Promise<W>): Promise<W> {
    if (given !== undefined) checkNoReference(given);
    const { secret, jwk } = given === undefined ? await this.oauth.generateKey() : { secret: given, jwk: undefined };
    const secretId = this.crypto.randomId(ID_PREFIX.secret);
    await this.vault.seal(placeOf(tenant, ownerId, secretId), secret);
    const fingerprint = fingerprintOf(this.crypto, tenant, secret);
    try {
      const recorded = await record({ secretId, fingerprint, ...(jwk === undefined ? { kind: 'client_secret' } : { kind: 'private_key', jwk }) });
      if (before) await this.vault.shred(tenant, ownerId, before.secretId);
      return recorded;
    } catch (error) {
      if (error instanceof Refusal) await this.vault.shred(tenant, ownerId, secretId);
      throw error;
    }
  }

  /** Throws VaultIntegrityError when it is not what was put there. */
  open(tenant: string, ownerId: string, secretId: string): Promise<string | undefined> {
    return this.vault.open(placeOf(tenant, ownerId, secretId));
  }

  shred(tenant: string, ownerId: string): Promise<void> {
    return this.vault.shred(tenant, ownerId);
  }
}

const placeOf = (tenant: string, ownerId: string, secretId: string): VaultPlace => ({ tenant, connectionId: ownerId, credentialId: ownerId, secretId, part: 'client' });
