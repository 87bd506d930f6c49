import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { KeysUnavailable } from '../../../domain/ports/key-provider.js';

/** How the hub proves itself to the server. */
export type TransitLogin =
  | { readonly method: 'token'; readonly token: string }
  | { readonly method: 'approle'; readonly roleId: string; readonly secretId: string }
  /** The service account's token is read from its file each time: Kubernetes turns it. */
  | { readonly method: 'kubernetes'; readonly role: string; readonly jwtFile: string };

export interface TransitServer {
  readonly url: string;
  readonly namespace?: string | undefined;
  /** Certificate authorities in PEM, instead of the usual ones. */
  readonly ca?: string | undefined;
  readonly login: TransitLogin;
}

/** An answer that is no: its status, and what the server says. */
export class TransitRefused extends Error {
  override readonly name = 'TransitRefused';
  constructor(readonly status: number, readonly errors: readonly string[]) {
    super(errors.join('; ') || `status ${status}`);
  }
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly token?: string;
}
type Json = Readonly<Record<string, unknown>>;

const ANSWER_MILLISECONDS = 4_000;
const MOST_ANSWER_BYTES = 65_536;

/** The HTTP API of Vault and OpenBao, as far as wrapping keys needs it. It goes where the operator says and nowhere else: no redirect, no proxy. */
export class TransitClient {
  readonly #agent;
  #token: Promise<string> | undefined;

  constructor(private readonly server: TransitServer) {
    const options = { keepAlive: true, maxSockets: 16, ...(server.ca === undefined ? {} : { ca: server.ca }) };
    this.#agent = server.url.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** Logs in when it has to: at first, and once more when the server does not take the token any more. Rejects with TransitRefused or KeysUnavailable. */
  async ask(method: Asked['method'], path: string, body?: object): Promise<Json> {
    const asked = { method, path, ...(body ? { body } : {}) };
    const token = this.#loggedIn();
    try {
      return await this.#send({ ...asked, token: await token });
    } catch (error) {
      const isOver = error instanceof TransitRefused && error.status === 403 && this.server.login.method !== 'token';
      if (!isOver) throw error;
      if (this.#token === token) this.#token = undefined;
      return this.#send({ ...asked, token: await this.#loggedIn() });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Once for all who ask; a login that failed is tried again by the next. */
  #loggedIn(): Promise<string> {
    const token = this.#token ??= this.#login().catch((error: unknown) => {
      if (this.#token === token) this.#token = undefined;
      throw error;
    });
    return token;
  }

  async #login(): Promise<string> {
    const { login } = this.server;
    if (login.method === 'token') return login.token;
    const body = login.method === 'approle'
      ? { role_id: login.roleId, secret_id: login.secretId }
      : { role: login.role, jwt: await serviceAccountToken(login.jwtFile) };
    const { auth } = (await this.#send({ method: 'POST', path: `auth/${login.method}/login`, body })) as { readonly auth?: { readonly client_token?: string } };
    if (typeof auth?.client_token !== 'string') throw new KeysUnavailable(`the ${login.method} login gave no token`);
    return auth.client_token;
  }

  #send({ method, path, body, token }: Asked): Promise<Json> {
    const { url, namespace } = this.server;
    const headers = {
      'x-vault-request': 'true', ...(token === undefined ? {} : { 'x-vault-token': token }), ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
      ...(body ? { 'content-type': 'application/json' } : {}),
    };
    const target = new URL(`${url.replace(/\/$/, '')}/v1/${path}`);
    return exchange(target, { method, headers, agent: this.#agent, signal: AbortSignal.timeout(ANSWER_MILLISECONDS) }, body && JSON.stringify(body));
  }
}

const serviceAccountToken = async (file: string): Promise<string> => {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new KeysUnavailable(`the service account's token can't be read: ${(error as Error).message}`, { cause: error });
  }
};

const exchange = (target: URL, options: RequestOptions, body: string | undefined): Promise<Json> =>
  new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(new KeysUnavailable(`${target.host} gives no answer: ${error.message}`, { cause: error }));
    const sent = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, options, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_ANSWER_BYTES) answer.destroy(new Error('the answer is too long'));
        chunks.push(chunk);
      });
      answer.on('error', failed);
      answer.on('end', () => {
        const json = jsonIn(Buffer.concat(chunks));
        if (answer.statusCode! < 300) resolve(json);
        else reject(new TransitRefused(answer.statusCode!, Array.isArray(json['errors']) ? json['errors'].map(String) : []));
      });
    });
    sent.on('error', failed);
    sent.end(body);
  });

/** What is no JSON says nothing. */
const jsonIn = (bytes: Buffer): Json => {
  try {
    const read: unknown = bytes.length === 0 ? {} : JSON.parse(bytes.toString('utf8'));
    return typeof read === 'object' && read !== null ? (read as Json) : {};
  } catch {
    return {};
  }
};
