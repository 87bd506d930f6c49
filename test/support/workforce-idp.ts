import { type JsonWebKey, type KeyObject, createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

// It says that its store is in memory and its defaults to be looked at; all of that is meant here.
Object.assign(globalThis.console, { info: () => undefined, warn: () => undefined });

export type IdpClaims = Readonly<Record<string, unknown>>;
/** What is done to an ID token on its way: other claims, another header, another key. */
export type Forgery = (claims: Record<string, unknown>, header: Record<string, unknown>) => { readonly claims?: IdpClaims; readonly header?: IdpClaims; readonly signature?: (input: string) => string } | undefined;

const b64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const parse = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;

/** An identity provider as companies have one: oidc-provider, with people in it. */
export class WorkforceIdp {
  /** Who is in front of the browser. */
  account = 'ana-upstream';
  /** Claims of each person, by account. */
  readonly people = new Map<string, IdpClaims>();
  amr: readonly string[] = ['pwd', 'otp'];
  acr = 'urn:example:strong';
  signsIn = true;
  /** How often its keys were fetched. */
  keysRead = 0;
  /** Nothing is answered but with status 503. */
  away = false;
  forge: Forgery | undefined;
  /** Members of the metadata that are said otherwise. */
  metadata: IdpClaims = {};
  #key!: KeyObject;
  #keys: JsonWebKey[] = [];
  #provider!: Provider;
  #rotations = 0;

  private constructor(readonly issuer: string, private readonly server: ReturnType<typeof createServer>, private readonly clients: readonly object[]) {}

  static async start({ clients, issuer }: { readonly clients: readonly object[]; /** Where it says it is; its own address when left out. */ readonly issuer?: string }): Promise<WorkforceIdp> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const idp = new WorkforceIdp(issuer ?? `http://localhost:${(server.address() as AddressInfo).port}`, server, clients);
    idp.rotateKeys();
    server.on('request', (request, response) => void idp.serve(request, response));
    return idp;
  }

  get address(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  get publicJwks(): { readonly keys: readonly object[] } {
    return { keys: this.#keys.map(({ kty, n, e, kid, alg, use }: JsonWebKey & Record<string, unknown>) => ({ kty, n, e, kid, alg, use })) };
  }

  /** Another key pair; the one before is gone at once. */
  rotateKeys(): void {
    this.#rotations += 1;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#key = privateKey;
    this.#keys = [{ ...privateKey.export({ format: 'jwk' }), kid: `key-${this.#rotations}`, alg: 'RS256', use: 'sig' }];
    this.#provider = this.provide();
  }

  /** A token signed as this provider signs. */
  signed(claims: IdpClaims, header: IdpClaims = {}): string {
    const input = `${b64({ alg: 'RS256', kid: `key-${this.#rotations}`, ...header })}.${b64(claims)}`;
    return `${input}.${sign('sha256', Buffer.from(input), this.#key).toString('base64url')}`;
  }

  /** Signs with HMAC, and the public key as its secret: what a verifier takes that lets the token choose the algorithm. */
  readonly hmacWithPublicKey = (input: string): string =>
    createHmac('sha256', createPrivateKey({ key: this.#keys[0] as JsonWebKey, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' })).update(input).digest('base64url');

  readonly hmacWithSecret = (input: string): string => createHmac('sha256', (this.clients[0] as { client_secret: string }).client_secret).update(input).digest('base64url');

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private provide(): Provider {
    return new Provider(this.issuer, {
      clients: [...this.clients], jwks: { keys: this.#keys }, cookies: { keys: ['test'] }, pkce: { required: () => true }, conformIdTokenClaims: false,
      scopes: ['openid', 'profile', 'email', 'groups'], claims: { openid: ['sub', 'tid', 'sid', 'hd', 'amr', 'acr', 'auth_time'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups', 'department', 'roles'] },
      ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 86_400, Grant: 86_400 },
      interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true }, backchannelLogout: { enabled: true } },
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...this.people.get(id) }) }),
    } as never);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.away) return void response.writeHead(503).end('away');
    const { pathname } = new URL(request.url!, this.address);
    if (pathname === '/jwks') this.keysRead += 1;
    if (pathname.startsWith('/interaction/')) return this.interact(request, response);
    if (pathname === '/token' || pathname.endsWith('/.well-known/openid-configuration')) this.alter(response, pathname);
    // It believes that it is where it says it is.
    request.headers.host = new URL(this.issuer).host;
    this.#provider.callback()(request, response);
  }

  /** Its JSON answers go through the hands of whoever forges them. */
  private alter(response: ServerResponse, pathname: string): void {
    const end = response.end.bind(response) as (body?: unknown) => ServerResponse;
    response.end = ((body?: unknown) => {
      const text = String(body ?? '');
      const altered = text.startsWith('{') ? JSON.stringify(this.altered(JSON.parse(text) as Record<string, unknown>, pathname)) : text;
      response.removeHeader('content-length');
      return end(altered);
    }) as typeof response.end;
  }

  private altered(answer: Record<string, unknown>, pathname: string): Record<string, unknown> {
    if (pathname !== '/token') return { ...answer, ...this.metadata };
    const [header = '', payload = '', signature = ''] = String(answer['id_token'] ?? '').split('.');
    const forged = payload === '' ? undefined : this.forge?.(parse(payload), parse(header));
    if (!forged) return answer;
    const claims = forged.claims ?? parse(payload);
    if (!forged.signature) return { ...answer, id_token: forged.claims || forged.header ? this.signed(claims, forged.header) : `${header}.${payload}.${signature}` };
    const input = `${b64({ ...parse(header), ...forged.header })}.${b64(claims)}`;
    return { ...answer, id_token: `${input}.${forged.signature(input)}` };
  }

  /** A person who signs in and says yes without looking. */
  private async interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.headers.host = new URL(this.issuer).host;
    const { prompt, params, session } = await this.#provider.interactionDetails(request, response);
    const finish = (result: object): Promise<void> => this.#provider.interactionFinished(request, response, result as never);
    if (!this.signsIn) return finish({ error: 'access_denied', error_description: 'the person may not' });
    if (prompt.name === 'login') return finish({ login: { accountId: this.account, amr: [...this.amr], acr: this.acr } });
    const grant = new this.#provider.Grant({ accountId: session!.accountId, clientId: params['client_id']! });
    grant.addOIDCScope(params['scope'] ?? '');
    return finish({ consent: { grantId: await grant.save() } });
  }
}
