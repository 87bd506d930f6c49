import { randomBytes } from 'node:crypto';
import type { Clock } from '../../domain/ports/clock.js';
import { CredentialVault, VaultIntegrityError, type VaultPlace, VaultUnavailable } from '../../domain/ports/credential-vault.js';
import { type KeyProvider, KeyRejected } from '../../domain/ports/key-provider.js';
import type { SecretStore } from '../../domain/ports/secret-store.js';
import { DataKeyCache } from './data-key-cache.js';
import { CREDENTIAL, DATA_KEY_BYTES, type Envelope, bindingOf, decode, encode, nameOf, open, seal } from './envelope.js';

/** Secrets in envelopes, in the vault's table: sealed under a data key of their own there, and once more with the row. */
export class EnvelopeVault extends CredentialVault {
  readonly #dataKeys: DataKeyCache;
  readonly #providers: ReadonlyMap<string, KeyProvider>;

  /** The first provider wraps; all of them unwrap what they wrapped once. */
  constructor(private readonly secrets: SecretStore, private readonly providers: readonly [KeyProvider, ...KeyProvider[]], clock: Clock) {
    super();
    this.#providers = new Map(providers.map((provider) => [provider.kind, provider]));
    this.#dataKeys = new DataKeyCache(clock);
  }

  override prepare(place: VaultPlace): Promise<(secret: string) => Promise<void>> {
    return this.#guarded(async () => {
      const dataKey = randomBytes(DATA_KEY_BYTES);
      const key = await this.providers[0].wrap(dataKey, bindingOf(place));
      return (secret) => this.#guarded(async () => {
        const value = encode({ key, connectionId: place.connectionId, sealed: seal(place, dataKey, secret) });
        await this.secrets.put(place.tenant, CREDENTIAL, { name: nameOf(place), value });
      });
    });
  }

  override open(place: VaultPlace): Promise<string | undefined> {
    return this.#guarded(async () => {
      const stored = await this.secrets.get(place.tenant, CREDENTIAL, nameOf(place));
      if (!stored) return undefined;
      const { key, sealed } = this.#read(stored);
      const dataKey = await this.#dataKeys.unwrap(this.#provider(key.keyId), key, bindingOf(place));
      try {
        return open(place, dataKey, sealed);
      } catch {
        throw new VaultIntegrityError('a secret does not open in its place');
      }
    });
  }

  override shred(tenant: string, credentialId: string, secretId?: string): Promise<void> {
    // The dot ends the id: no other credential's name begins like this.
    const prefix = secretId === undefined ? `${credentialId}.` : `${credentialId}.${secretId}.`;
    return this.#guarded(async () => {
      await this.secrets.deleteAll(tenant, CREDENTIAL, prefix);
      this.#dataKeys.forget({ tenant, credential: credentialId, ...(secretId === undefined ? {} : { version: secretId }) });
    });
  }

  #read(stored: Uint8Array): Envelope {
    try {
      return decode(stored);
    } catch {
      throw new VaultIntegrityError('a row of the vault is no envelope');
    }
  }

  #provider(keyId: string): KeyProvider {
    const provider = this.#providers.get(keyId.slice(0, keyId.indexOf(':')));
    if (!provider) throw new VaultUnavailable(`a secret is under ${keyId}, and no provider for such keys is configured`);
    return provider;
  }

  /** Every failure as one of the two that callers know: it is wrong, or it can't be had now. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof VaultIntegrityError || error instanceof VaultUnavailable) throw error;
      if (error instanceof KeyRejected || (error as Error).name === 'SecretIntegrityError') throw new VaultIntegrityError((error as Error).message);
      throw new VaultUnavailable(`the vault can't be used: ${(error as Error).message}`);
    }
  }
}
