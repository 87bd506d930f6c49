import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DEPLOYMENT } from '../../../domain/kernel/ids.js';
import { type KeyBinding, KeyProvider, KeyRejected, type WrappedKey } from '../../../domain/ports/key-provider.js';
import type { SecretStore } from '../../../domain/ports/secret-store.js';

const KIND = 'vault-key';
const CURRENT = 'current';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keys of the hub's own, sealed in the vault's table under the master key. Nodes that share the table share them. Each is
 * random, so one that was turned and destroyed opens nothing any more, old backups of the ciphertexts included.
 */
export class LocalKeyProvider extends KeyProvider {
  override readonly kind = 'local';
  readonly #keys = new Map<string, Uint8Array>();

  constructor(private readonly secrets: SecretStore) {
    super();
  }

  override async current(): Promise<string> {
    return (await this.#named()) ?? this.#first();
  }

  override async wrap(key: Uint8Array, binding: KeyBinding): Promise<WrappedKey> {
    const keyId = await this.current();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', await this.#key(keyId), nonce).setAAD(associatedData(keyId, binding));
    return { keyId, wrapped: Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]) };
  }

  override async unwrap({ keyId, wrapped }: WrappedKey, binding: KeyBinding): Promise<Uint8Array> {
    const key = await this.#key(keyId);
    const bytes = Buffer.from(wrapped);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(associatedData(keyId, binding)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw new KeyRejected(`a data key does not open under ${keyId}`);
    }
  }

  override async rotate(name: string): Promise<string> {
    const keyId = await this.#make(name);
    await this.secrets.put(DEPLOYMENT, KIND, { name: CURRENT, value: Buffer.from(keyId) });
    return keyId;
  }

  override leave(): Promise<void> {
    return this.secrets.delete(DEPLOYMENT, KIND, CURRENT);
  }

  override async outdated(): Promise<readonly string[]> {
    const named = await this.#named();
    return (await this.secrets.names(DEPLOYMENT, KIND)).filter((name) => name !== CURRENT && name !== named);
  }

  override async retire(keyId: string): Promise<void> {
    if (keyId === await this.#named()) throw new Error(`${keyId} is in use`);
    this.#keys.delete(keyId);
    await this.secrets.delete(DEPLOYMENT, KIND, keyId);
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  // Not remembered: another node may have turned the key a moment ago.
  async #named(): Promise<string | undefined> {
    const named = await this.secrets.get(DEPLOYMENT, KIND, CURRENT);
    return named && new TextDecoder().decode(named);
  }

  /** Of several nodes that start at once, one names the first key; the others take it. */
  async #first(): Promise<string> {
    const keyId = await this.#make(randomBytes(9).toString('base64url'));
    if (await this.secrets.putNew(DEPLOYMENT, KIND, { name: CURRENT, value: Buffer.from(keyId) })) return keyId;
    await this.secrets.delete(DEPLOYMENT, KIND, keyId);
    return new TextDecoder().decode(await this.secrets.get(DEPLOYMENT, KIND, CURRENT));
  }

  /** Whoever makes it first has made it. */
  async #make(name: string): Promise<string> {
    const keyId = `${this.kind}:${name}`;
    await this.secrets.putNew(DEPLOYMENT, KIND, { name: keyId, value: randomBytes(KEY_BYTES) });
    return keyId;
  }

  async #key(keyId: string): Promise<Uint8Array> {
    const known = this.#keys.get(keyId) ?? (await this.secrets.get(DEPLOYMENT, KIND, keyId));
    if (known?.length !== KEY_BYTES) throw new KeyRejected(`the vault has no key ${keyId}`);
    this.#keys.set(keyId, known);
    return known;
  }
}

const associatedData = (keyId: string, binding: KeyBinding): Buffer => Buffer.from(JSON.stringify([keyId, Object.entries(binding).sort()]));
