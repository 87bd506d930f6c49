import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Context = Readonly<Record<string, string>>;
interface Asked {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Context;
}
class Fault extends Error {
  constructor(readonly type: string) {
    super(type);
  }
}

const REGION = 'eu-central-1';
const ACCOUNT = '111122223333';
const associated = (arn: string, context: Context = {}): Buffer => Buffer.from(JSON.stringify([arn, Object.entries(context).sort()]));

/** As much of AWS KMS as keys that wrap keys need, by its JSON protocol (awsJson1_1), with real AES-GCM inside. */
export class KmsServer {
  readonly #keys = new Map<string, { readonly bytes: Buffer; state: string }>();
  readonly #aliases = new Map<string, string>();
  /** What was asked, the last at the end. */
  readonly asked: { readonly action: string; readonly body: Asked }[] = [];
  /** Runs before an action is done. */
  before: ((action: string) => Promise<void>) | undefined;
  /** While set, every answer is this error of AWS's. */
  failsWith: string | undefined;

  private constructor(readonly endpoint: string, private readonly server: ReturnType<typeof createServer>) {}

  static async start(): Promise<KmsServer> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const kms = new KmsServer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
    server.on('request', (request, response) => void kms.#serve(request, response));
    return kms;
  }

  readonly region = REGION;

  /** A new symmetric key; its ARN. */
  makeKey(alias?: string): string {
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/${randomBytes(8).toString('hex')}`;
    this.#keys.set(arn, { bytes: randomBytes(32), state: 'Enabled' });
    if (alias !== undefined) this.#aliases.set(alias, arn);
    return arn;
  }

  setState(arn: string, state: 'Enabled' | 'Disabled'): void {
    this.#keys.get(arn)!.state = state;
  }

  count(action: string): number {
    return this.asked.filter((one) => one.action === action).length;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const action = /^TrentService\.(\w+)$/.exec(String(request.headers['x-amz-target']))?.[1] ?? '';
    const body = JSON.parse(await text(request)) as Asked;
    await this.before?.(action);
    this.asked.push({ action, body });
    try {
      if (this.failsWith !== undefined) throw new Fault(this.failsWith);
      if (request.headers['content-type'] !== 'application/x-amz-json-1.1') throw new Fault('SerializationException');
      if (!new RegExp(`^AWS4-HMAC-SHA256 Credential=AKID/\\d{8}/${REGION}/kms/aws4_request, SignedHeaders=\\S+, Signature=[\\da-f]{64}$`).test(request.headers.authorization ?? '')) throw new Fault('IncompleteSignature');
      answer(response, 200, this.#do(action, body));
    } catch (error) {
      const { type } = error as Fault;
      answer(response, type === 'KMSInternalException' ? 500 : 400, { __type: type, message: `${type} at the test's KMS` });
    }
  }

  #do(action: string, { KeyId, Plaintext, CiphertextBlob, EncryptionContext }: Asked): object {
    if (action === 'DescribeKey') {
      const [arn, { state }] = this.#key(KeyId!);
      return { KeyMetadata: { KeyId: arn.split('/')[1], Arn: arn, KeyState: state, Enabled: state === 'Enabled', KeyUsage: 'ENCRYPT_DECRYPT', KeySpec: 'SYMMETRIC_DEFAULT' } };
    }
    if (action === 'Encrypt') {
      const [arn, { bytes }] = this.#enabled(KeyId!);
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', bytes, nonce).setAAD(associated(arn, EncryptionContext));
      const sealed = Buffer.concat([cipher.update(Buffer.from(Plaintext!, 'base64')), cipher.final(), cipher.getAuthTag()]);
      // As at AWS, the ciphertext tells which key it is under.
      return { KeyId: arn, CiphertextBlob: Buffer.from(JSON.stringify([arn, nonce.toString('base64'), sealed.toString('base64')])).toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    }
    if (action === 'Decrypt') return this.#decrypt(CiphertextBlob!, KeyId, EncryptionContext);
    throw new Fault('UnknownOperationException');
  }

  #decrypt(blob: string, keyId: string | undefined, context: Context | undefined): object {
    let arn: string;
    let plaintext: Buffer;
    try {
      const [under, nonce, sealed] = JSON.parse(Buffer.from(blob, 'base64').toString('utf8')) as [string, string, string];
      arn = under;
      if (keyId !== undefined && this.#key(keyId)[0] !== under) throw new Fault('IncorrectKeyException');
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', this.#enabled(under)[1].bytes, Buffer.from(nonce, 'base64')).setAAD(associated(under, context)).setAuthTag(bytes.subarray(-16));
      plaintext = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
    } catch (error) {
      throw error instanceof Fault ? error : new Fault('InvalidCiphertextException');
    }
    return { KeyId: arn, Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
  }

  #key(name: string) {
    const arn = this.#aliases.get(name) ?? [...this.#keys.keys()].find((known) => known === name || known.endsWith(`/${name}`));
    const key = arn === undefined ? undefined : this.#keys.get(arn);
    if (!key) throw new Fault('NotFoundException');
    return [arn!, key] as const;
  }

  #enabled(name: string) {
    const found = this.#key(name);
    if (found[1].state !== 'Enabled') throw new Fault('DisabledException');
    return found;
  }
}

const answer = (response: ServerResponse, status: number, body: object): void =>
  void response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'test' }).end(JSON.stringify(body));
