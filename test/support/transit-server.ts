import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Body = Readonly<Record<string, string>>;
interface Key {
  readonly versions: Buffer[];
  readonly derived: boolean;
  minDecryptionVersion: number;
}
interface Start {
  readonly namespace?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
}
class Fault extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export const TOKEN = 'hvs.root-of-the-test';
export const APPROLE = { roleId: 'role-1', secretId: 'secret-1' };

/** As much of the transit engine's HTTP API as keys that wrap keys need, as HashiCorp Vault and OpenBao document it, with real AES-GCM inside. */
export class TransitServer {
  readonly #keys = new Map<string, Key>();
  readonly #tokens = new Set([TOKEN]);
  readonly asked: string[] = [];
  isSealed = false;
  takesLogins = true;
  /** Runs before a request is answered. */
  before: ((path: string) => Promise<void>) | undefined;
  /** What the Kubernetes login takes as the service account's token. */
  serviceAccount = 'the.pod.jwt';

  private constructor(readonly url: string, private readonly given: Start, private readonly server: ReturnType<typeof createServer>) {}

  static async start(given: Start = {}): Promise<TransitServer> {
    const server = given.tls ? createTlsServer(given.tls) : createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const transit = new TransitServer(`${given.tls ? 'https' : 'http'}://localhost:${(server.address() as AddressInfo).port}`, given, server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void transit.#serve(request, response));
    return transit;
  }

  makeKey(name: string, { derived = false } = {}): void {
    this.#keys.set(name, { versions: [randomBytes(32)], derived, minDecryptionVersion: 1 });
  }

  endVersionsBefore(name: string, version: number): void {
    this.#keys.get(name)!.minDecryptionVersion = version;
  }

  /** Tokens that were given out count no more. */
  forgetLogins(): void {
    this.#tokens.clear();
    this.#tokens.add(TOKEN);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request);
    const path = request.url!.replace(/^\/v1\//, '');
    await this.before?.(path);
    this.asked.push(`${request.method} ${path}`);
    try {
      if (this.isSealed) throw new Fault(503, 'Vault is sealed');
      if (request.headers['x-vault-request'] !== 'true') throw new Fault(400, 'no X-Vault-Request header');
      if (request.headers['x-vault-namespace'] !== this.given.namespace) throw new Fault(404, 'no handler for route');
      const body = (sent === '' ? {} : JSON.parse(sent)) as Body;
      const answer = path.startsWith('auth/') ? this.#login(path, body) : this.#transit(request, path, body);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      const { status = 500, message } = error as Fault;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [message] }));
    }
  }

  #login(path: string, { role_id, secret_id, role, jwt }: Body): object {
    const isRight = path === 'auth/approle/login' ? role_id === APPROLE.roleId && secret_id === APPROLE.secretId : path === 'auth/kubernetes/login' && role === 'mandate' && jwt === this.serviceAccount;
    if (!isRight || !this.takesLogins) throw new Fault(400, 'invalid role or secret ID');
    const token = `hvs.${randomBytes(8).toString('hex')}`;
    this.#tokens.add(token);
    return { auth: { client_token: token, lease_duration: 3600, renewable: true } };
  }

  #transit(request: IncomingMessage, path: string, body: Body): object {
    if (!this.#tokens.has(String(request.headers['x-vault-token']))) throw new Fault(403, 'permission denied');
    const [, what, name, rest] = /^transit\/(keys|encrypt|decrypt)\/([\w.-]+)(\/rotate)?$/.exec(path) ?? [];
    const key = this.#keys.get(name ?? '');
    if (what === 'keys' && !key) throw new Fault(404, '');
    if (!key) throw new Fault(400, 'encryption key not found');
    if (what === 'keys' && rest !== undefined) key.versions.push(randomBytes(32));
    if (what === 'keys') return { data: { name, type: 'aes256-gcm96', derived: key.derived, latest_version: key.versions.length, min_decryption_version: key.minDecryptionVersion } };
    return { data: what === 'encrypt' ? encrypt(key, body) : decrypt(key, body) };
  }
}

const bytesOf = (key: Key, version: number, context: string | undefined): Buffer => {
  if (!key.derived) return key.versions[version - 1]!;
  if (context === undefined) throw new Fault(400, 'missing \'context\' for key derivation; the key was created using a derived key');
  return Buffer.from(hkdfSync('sha256', key.versions[version - 1]!, Buffer.alloc(0), Buffer.from(context, 'base64'), 32));
};

const encrypt = (key: Key, { plaintext, associated_data: data = '', context }: Body): object => {
  const version = key.versions.length;
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', bytesOf(key, version, context), nonce).setAAD(Buffer.from(data, 'base64'));
  const sealed = Buffer.concat([nonce, cipher.update(Buffer.from(plaintext!, 'base64')), cipher.final(), cipher.getAuthTag()]);
  return { ciphertext: `vault:v${version}:${sealed.toString('base64')}`, key_version: version };
};

const decrypt = (key: Key, { ciphertext, associated_data: data = '', context }: Body): object => {
  const [, version, sealed] = /^vault:v(\d+):(.*)$/.exec(ciphertext!) ?? [];
  if (version === undefined || Number(version) > key.versions.length) throw new Fault(400, 'invalid ciphertext: no prefix');
  if (Number(version) < key.minDecryptionVersion) throw new Fault(400, 'ciphertext or signature version is disallowed by policy (too old)');
  const bytes = Buffer.from(sealed!, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytesOf(key, Number(version), context), bytes.subarray(0, 12)).setAAD(Buffer.from(data, 'base64')).setAuthTag(bytes.subarray(-16));
    return { plaintext: Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('base64') };
  } catch (error) {
    throw error instanceof Fault ? error : new Fault(400, 'cipher: message authentication failed');
  }
};
