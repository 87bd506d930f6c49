import type { KMSClient } from '@aws-sdk/client-kms';
import { type KeyBinding, KeyProvider, KeyRejected, KeysUnavailable, type WrappedKey } from '../../../domain/ports/key-provider.js';

export interface KmsOptions {
  /** ARN, id or alias of a symmetric key. */
  readonly key: string;
  /** Undefined: what AWS's own configuration says. */
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}

const CONNECT_MILLISECONDS = 2_000;
const ANSWER_MILLISECONDS = 4_000;
const ATTEMPTS = 2;
/** The ciphertext, its context or its key is not what was encrypted. Whatever else AWS says may be put right there. */
const REJECTIONS = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

type Kms = typeof import('@aws-sdk/client-kms');

/**
 * A key in AWS KMS, which it never leaves. The binding is the encryption context: authenticated by KMS, and readable in
 * CloudTrail, so it holds ids alone. AWS turns the key's material by itself and keeps the older; another key is chosen by configuration.
 */
export class AwsKmsKeyProvider extends KeyProvider {
  override readonly kind = 'aws-kms';

  private constructor(private readonly kms: Kms, private readonly client: KMSClient, private readonly key: string) {
    super();
  }

  /** Loads the library, which nobody else needs, and asks nothing yet. Credentials come the way that AWS's own tools find them. */
  static async open({ key, region, endpoint }: KmsOptions): Promise<AwsKmsKeyProvider> {
    const kms = await import('@aws-sdk/client-kms');
    const requestHandler = { connectionTimeout: CONNECT_MILLISECONDS, requestTimeout: ANSWER_MILLISECONDS, throwOnRequestTimeout: true };
    const client = new kms.KMSClient({ maxAttempts: ATTEMPTS, requestHandler, ...(region === undefined ? {} : { region }), ...(endpoint === undefined ? {} : { endpoint }) });
    return new AwsKmsKeyProvider(kms, client, key);
  }

  override current(): Promise<string> {
    return this.#asked(async () => {
      const { KeyMetadata } = await this.client.send(new this.kms.DescribeKeyCommand({ KeyId: this.key }));
      if (KeyMetadata?.KeyState !== 'Enabled') throw new KeysUnavailable(`the KMS key is ${KeyMetadata?.KeyState ?? 'not described'}`);
      return this.#idOf(KeyMetadata.Arn!);
    });
  }

  override wrap(key: Uint8Array, binding: KeyBinding): Promise<WrappedKey> {
    return this.#asked(async () => {
      const { KeyId, CiphertextBlob } = await this.client.send(new this.kms.EncryptCommand({ KeyId: this.key, Plaintext: key, EncryptionContext: { ...binding } }));
      return { keyId: this.#idOf(KeyId!), wrapped: CiphertextBlob! };
    });
  }

  override unwrap({ keyId, wrapped }: WrappedKey, binding: KeyBinding): Promise<Uint8Array> {
    return this.#asked(async () => {
      // The key is named too: without it KMS opens whatever any key of the account has encrypted.
      const KeyId = keyId.slice(this.kind.length + 1);
      return (await this.client.send(new this.kms.DecryptCommand({ KeyId, CiphertextBlob: wrapped, EncryptionContext: { ...binding } }))).Plaintext!;
    });
  }

  override rotate(): Promise<string> {
    return this.current();
  }

  override leave(): Promise<void> {
    return Promise.resolve();
  }

  /** What AWS holds is destroyed there, by whoever owns the key. */
  override outdated(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  override retire(): Promise<void> {
    return Promise.resolve();
  }

  override close(): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }

  #idOf(arn: string): string {
    return `${this.kind}:${arn}`;
  }

  async #asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof KeysUnavailable) throw error;
      const { name, message } = error as Error;
      if (REJECTIONS.has(name)) throw new KeyRejected('KMS does not open a data key in its place', { cause: error });
      throw new KeysUnavailable(`KMS does not do it (${name}): ${message.split('\n')[0]}`, { cause: error });
    }
  }
}
