import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, type JWK, SignJWT, exportJWK, generateKeyPair } from 'jose';

/** The one moment of these tests, in seconds. */
export const NOW = 1_795_000_000;

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}
export const newKey = async (kid: string, alg = 'ES256'): Promise<SigningKey> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
};

export interface TokenParts {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly key?: SigningKey;
}

/** An authorization server of real keys over real HTTP, with switches for what can go wrong. */
export class TestIssuer {
  /** What is served; tests change it. */
  jwks: { keys: JWK[] };
  metadata: Record<string, unknown>;
  introspection: { status: number; body: unknown } = { status: 200, body: { active: true } };
  down = false;
  /** Runs when a request has arrived, before it is answered. */
  onAsked: (path: string) => void = () => undefined;
  /** Paths in the order in which they were asked for. */
  readonly asked: string[] = [];
  readonly introspected: { readonly authorization: string | undefined; readonly form: URLSearchParams }[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
    readonly key: SigningKey,
  ) {
    this.jwks = { keys: [key.publicJwk] };
    this.metadata = { issuer: url, jwks_uri: `${url}/jwks`, introspection_endpoint: `${url}/introspect` };
  }

  static async start(): Promise<TestIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = new TestIssuer(server, `http://localhost:${(server.address() as AddressInfo).port}`, await newKey('k1'));
    server.on('request', (request, response) => {
      const path = request.url ?? '';
      issuer.asked.push(path);
      let text = '';
      request.on('data', (chunk) => {
        text += String(chunk);
      });
      request.on('end', () => {
        if (path === '/introspect') issuer.introspected.push({ authorization: request.headers.authorization, form: new URLSearchParams(text) });
        issuer.onAsked(path);
        const { status, body } = issuer.#answer(path);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    return issuer;
  }

  #answer(path: string): { status: number; body: unknown } {
    if (this.down) return { status: 503, body: {} };
    if (path === '/.well-known/oauth-authorization-server') return { status: 200, body: this.metadata };
    if (path === '/jwks') return { status: 200, body: this.jwks };
    if (path === '/introspect') return this.introspection;
    return { status: 404, body: {} };
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.asked.filter((one) => one === path).length;
  }

  /** An access token as the issuer would make it for an agent that acts for a user; every part can be replaced. */
  token(audience: string, { claims, header, key = this.key }: TokenParts = {}): Promise<string> {
    const all = {
      iss: this.url,
      aud: audience,
      sub: 'usr_ada',
      client_id: 'agt_scribe',
      act: { sub: 'agt_scribe' },
      scope: 'notes:read notes:write notes:delete',
      jti: 'jti_1',
      grant_id: 'grt_1',
      tenant: 'acme',
      iat: NOW,
      exp: NOW + 300,
      ...claims,
    };
    const defined = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return new SignJWT(defined).setProtectedHeader({ typ: 'at+jwt', alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }
}
