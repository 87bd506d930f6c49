import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type StoredToken } from 'oidc-provider';

export interface DownstreamOptions {
  readonly clients?: readonly object[];
  readonly registration?: boolean;
  /** Seconds. */
  readonly tokenLifetime?: number;
  readonly rotates?: boolean;
}

// It says that its store is in memory, its Node not the newest and its defaults to be looked at; all of that is meant here.
Object.assign(globalThis.console, { info: () => undefined, warn: () => undefined });

/** Who is asked for on the token endpoint, by grant type. */
type Counts = Map<string, number>;

/** A service that is not ours: a real authorization server (oidc-provider) and the API that its tokens open. */
export class Downstream {
  readonly asked: Counts = new Map();
  /** Requests that the API was sent, with the token that came along. */
  readonly calls: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  /** Runs before the token endpoint does; may answer itself (true). */
  beforeToken: ((request: IncomingMessage, response: ServerResponse, body: string) => Promise<boolean>) | undefined;
  /** Runs instead of the API's usual answer. */
  api: RequestListener | undefined;
  account = 'octocat';
  /** What the person answers at the service. */
  consents = true;

  private constructor(readonly issuer: string, readonly provider: Provider, private readonly server: ReturnType<typeof createServer>) {}

  static async start({ clients = [], registration = false, tokenLifetime = 600, rotates = true }: DownstreamOptions = {}): Promise<Downstream> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
    const api = `${issuer}/api`;
    const provider = new Provider(issuer, {
      clients, scopes: ['openid', 'offline_access', 'read', 'write'], cookies: { keys: ['test'] }, rotateRefreshToken: rotates,
      issueRefreshToken: async () => true, pkce: { required: () => true },
      ttl: { AccessToken: tokenLifetime, ClientCredentials: tokenLifetime, RefreshToken: 86_400, Interaction: 600, Session: 86_400, Grant: 86_400, IdToken: 600, AuthorizationCode: 60 },
      interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      features: {
        devInteractions: { enabled: false }, revocation: { enabled: true }, introspection: { enabled: true }, clientCredentials: { enabled: true }, registration: { enabled: registration },
        resourceIndicators: {
          enabled: true, defaultResource: () => undefined, useGrantedResource: () => true,
          getResourceServerInfo: () => ({ scope: 'read write', accessTokenFormat: 'opaque', accessTokenTTL: tokenLifetime, audience: `${api}/mcp` }),
        },
      },
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    });
    const downstream = new Downstream(issuer, provider, server);
    server.on('request', (request, response) => void downstream.serve(request, response));
    return downstream;
  }

  count(grantType: string): number {
    return this.asked.get(grantType) ?? 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** The token of a request, when it is one of ours and lives. */
  async tokenOf(authorization: string | undefined): Promise<StoredToken | undefined> {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    return token === undefined ? undefined : ((await this.provider.AccessToken.find(token)) ?? (await this.provider.ClientCredentials.find(token)));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.issuer);
    if (url.pathname.startsWith('/interaction/')) return this.interact(request, response);
    if (url.pathname.startsWith('/api/')) return this.serveApi(request, response);
    if (url.pathname === '/.well-known/oauth-protected-resource/api/mcp') return void response.setHeader('content-type', 'application/json').end(JSON.stringify({ resource: `${this.issuer}/api/mcp`, authorization_servers: [this.issuer], scopes_supported: ['read', 'write'] }));
    if (url.pathname !== '/token' || request.method !== 'POST') return this.provider.callback()(request, response);
    const body = await textOf(request);
    const grantType = new URLSearchParams(body).get('grant_type') ?? 'none';
    this.asked.set(grantType, this.count(grantType) + 1);
    if (await this.beforeToken?.(request, response, body)) return;
    // The provider reads a body that was read already from here.
    Object.assign(request, { body });
    this.provider.callback()(request, response);
  }

  /** A person who signs in and says yes (or no) without looking. */
  private async interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session } = await this.provider.interactionDetails(request, response);
    if (!this.consents) return this.provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'said no' });
    if (prompt.name === 'login') return this.provider.interactionFinished(request, response, { login: { accountId: this.account } });
    const grant = new this.provider.Grant({ accountId: session!.accountId, clientId: params['client_id']! });
    grant.addOIDCScope(params['scope'] ?? '');
    if (params['resource'] !== undefined) grant.addResourceScope(params['resource'], params['scope'] ?? '');
    return this.provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
  }

  private async serveApi(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.api) return this.api(request, response);
    const body = await textOf(request);
    this.calls.push({ method: request.method!, url: request.url!, headers: request.headers, body });
    const token = await this.tokenOf(request.headers.authorization);
    response.statusCode = token ? 200 : 401;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(token ? { account: token.accountId ?? null, client: token.clientId, scope: token.scope, aud: token.aud } : { error: 'unauthorized' }));
  }
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
};
