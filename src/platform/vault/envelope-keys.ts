import type { KeyProvider } from '../../domain/ports/key-provider.js';
import { KeyRejected } from '../../domain/ports/key-provider.js';
import { VaultUnavailable } from '../../domain/ports/credential-vault.js';
import type { SecretPlace, SecretStore } from '../../domain/ports/secret-store.js';
import { type ConnectionOf, type Rewrapped, VaultKeys, type VaultKeysStatus } from '../../domain/ports/vault-keys.js';
import { type Envelope, CREDENTIAL, bindingOf, credentialNamed, decode, encode, placeNamed } from './envelope.js';
import type { KeyProviders } from './keys/open-key-providers.js';

/** One event names so many; the others come to light when these are cleared. */
const MOST_NAMED = 20;

/** The keys of the envelopes that stand in the vault's table. */
export class EnvelopeKeys extends VaultKeys {
  constructor(private readonly secrets: SecretStore, private readonly providers: KeyProviders) {
    super();
  }

  override status(): VaultKeysStatus {
    const [{ kind: provider, problem }] = this.providers;
    return { provider, ...(problem === undefined ? {} : { problem }) };
  }

  override look(): Promise<void> {
    return this.providers[0].look();
  }

  override count(): Promise<number> {
    return this.#guarded(() => this.secrets.count(CREDENTIAL));
  }

  override turn(name: string): Promise<{ keyId: string; former: readonly string[] }> {
    return this.#guarded(async () => {
      const [first, ...others] = this.providers;
      const keyId = await first.rotate(name);
      // After that: a node dying in between leaves the old keys in use, and not none.
      await Promise.all(others.map((other) => other.leave()));
      return { keyId, former: (await Promise.all(this.providers.map((provider) => provider.outdated()))).flat() };
    });
  }

  override rewrap(after: string | undefined, limit: number, connectionOf: ConnectionOf): Promise<Rewrapped> {
    return this.#guarded(async () => {
      const current = await this.providers[0].current();
      const found = { checked: 0, rewrapped: 0, left: 0, unopened: [] as string[] };
      const last = await this.secrets.rewrite(CREDENTIAL, { after: after === undefined ? undefined : placeIn(after), limit }, async (place, opened) => {
        found.checked += 1;
        const envelope = this.#read(opened);
        if (envelope?.key.keyId === current) return undefined;
        const anew = envelope && (await this.#anew(place, envelope, connectionOf));
        found[anew ? 'rewrapped' : 'left'] += 1;
        if (!anew && found.unopened.length < MOST_NAMED) found.unopened.push(`${place.tenant}/${credentialNamed(place.name)}`);
        return anew;
      });
      return { ...found, ...(last ? { next: JSON.stringify([last.tenant, last.name]) } : {}) };
    });
  }

  override retire(keyId: string): Promise<void> {
    return this.#guarded(async () => {
      const provider = this.#of(keyId);
      if (provider && (await provider.outdated()).includes(keyId)) await provider.retire(keyId);
    });
  }

  /** The same secret under the same data key, which another key wraps. Undefined when it is not what was put there. */
  async #anew({ tenant, name }: SecretPlace, { key, connectionId: said, sealed }: Envelope, connectionOf: ConnectionOf): Promise<Uint8Array | undefined> {
    const connectionId = said === '' ? await connectionOf(tenant, credentialNamed(name)) : said;
    const place = placeNamed(tenant, name, connectionId);
    const provider = this.#of(key.keyId);
    if (!provider) throw new VaultUnavailable(`a secret is under ${key.keyId}, and no provider for such keys is configured`);
    try {
      const dataKey = await provider.unwrap(key, bindingOf(place));
      return encode({ key: await this.providers[0].wrap(dataKey, bindingOf(place)), connectionId, sealed });
    } catch (error) {
      if (error instanceof KeyRejected) return undefined;
      throw error;
    }
  }

  #read(opened: () => Uint8Array): Envelope | undefined {
    try {
      return decode(opened());
    } catch {
      return undefined;
    }
  }

  #of(keyId: string): KeyProvider | undefined {
    return this.providers.find(({ kind }) => keyId.startsWith(`${kind}:`));
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof VaultUnavailable) throw error;
      throw new VaultUnavailable(`the vault's keys can't be used: ${(error as Error).message}`, { cause: error });
    }
  }
}

const placeIn = (text: string): SecretPlace => {
  const [tenant, name] = JSON.parse(text) as [string, string];
  return { tenant, name };
};
