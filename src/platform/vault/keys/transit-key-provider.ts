import { type KeyBinding, KeyProvider, KeyRejected, KeysUnavailable, type WrappedKey } from '../../../domain/ports/key-provider.js';
import { TransitClient, TransitRefused, type TransitServer } from './transit-client.js';

export interface TransitOptions extends TransitServer {
  readonly mount: string;
  readonly key: string;
}

const CIPHERTEXT = /^vault:v(\d{1,9}):/;
/** What the server says of a ciphertext that is not what it made, or not for this place. Whatever else it says may be put right there. */
const REJECTION = /message authentication failed|unable to decrypt|invalid ciphertext/i;

/**
 * A key of the transit engine of HashiCorp Vault or OpenBao, which it never leaves. The binding goes along as associated data,
 * and as the context of a derived key. Each of the key's versions is a key of its own here.
 */
export class TransitKeyProvider extends KeyProvider {
  override readonly kind = 'transit';
  readonly #client: TransitClient;
  readonly #path: string;

  constructor({ mount, key, ...server }: TransitOptions) {
    super();
    this.#client = new TransitClient(server);
    this.#path = `${mount}/%s/${key}`;
  }

  override current(): Promise<string> {
    return this.#asked(async () => {
      const { latest_version: version } = await this.#ask('GET', 'keys');
      if (typeof version !== 'number') throw new KeysUnavailable('the transit key does not say its version');
      return this.#idOf(version);
    });
  }

  override wrap(key: Uint8Array, binding: KeyBinding): Promise<WrappedKey> {
    return this.#asked(async () => {
      const { ciphertext } = await this.#ask('POST', 'encrypt', { plaintext: base64(key), ...placeOf(binding) });
      const version = CIPHERTEXT.exec(String(ciphertext))?.[1];
      if (version === undefined) throw new KeysUnavailable('the transit engine gave no ciphertext');
      return { keyId: this.#idOf(Number(version)), wrapped: Buffer.from(String(ciphertext)) };
    });
  }

  override unwrap({ wrapped }: WrappedKey, binding: KeyBinding): Promise<Uint8Array> {
    return this.#asked(async () => {
      const { plaintext } = await this.#ask('POST', 'decrypt', { ciphertext: new TextDecoder().decode(wrapped), ...placeOf(binding) });
      if (typeof plaintext !== 'string') throw new KeysUnavailable('the transit engine gave no plaintext');
      return Buffer.from(plaintext, 'base64');
    });
  }

  override async rotate(): Promise<string> {
    await this.#asked(() => this.#client.ask('POST', `${this.#path.replace('%s', 'keys')}/rotate`));
    return this.current();
  }

  override leave(): Promise<void> {
    return Promise.resolve();
  }

  /** Older versions are ended at the server (`min_decryption_version`), by whoever owns the key. */
  override outdated(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  override retire(): Promise<void> {
    return Promise.resolve();
  }

  override close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  #idOf(version: number): string {
    return `${this.kind}:${this.#path.replace('/%s', '')}:v${version}`;
  }

  async #ask(method: 'GET' | 'POST', what: 'keys' | 'encrypt' | 'decrypt', body?: object): Promise<Readonly<Record<string, unknown>>> {
    const { data } = await this.#client.ask(method, this.#path.replace('%s', what), body);
    return (data ?? {}) as Readonly<Record<string, unknown>>;
  }

  async #asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransitRefused)) throw error;
      if (error.status === 400 && REJECTION.test(error.message)) throw new KeyRejected('the transit engine does not open a data key in its place', { cause: error });
      throw new KeysUnavailable(`the transit engine does not do it (${error.status}): ${error.message}`, { cause: error });
    }
  }
}

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

/** The same text for the same place, whatever the order of its parts. */
const placeOf = (binding: KeyBinding) => {
  const text = base64(JSON.stringify(Object.entries(binding).sort()));
  return { associated_data: text, context: text };
};
