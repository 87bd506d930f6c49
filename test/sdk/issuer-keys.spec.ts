import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ProtectionOptions, type Protected, type RefusalReport, protect } from '@mandate/mcp';
import { mcpRequest } from './support/calls.js';
import { NOW, TestIssuer, newKey } from './support/test-issuer.js';

const RESOURCE = 'https://notes.example/mcp';
const SECOND = 1000;

describe('the keys of the issuer', () => {
  let issuer: TestIssuer;
  let server: Protected;
  let clock: number;
  let reports: RefusalReport[];

  const serverWith = (options: Partial<ProtectionOptions> = {}): Protected =>
    protect(() => Response.json({}), {
      issuer: issuer.url,
      resource: RESOURCE,
      tools: { list_notes: ['notes:read'] },
      now: () => clock,
      onRefusal: (report) => reports.push(report),
      ...options,
    });
  beforeEach(async () => {
    issuer = await TestIssuer.start();
    clock = NOW * SECOND;
    reports = [];
    server = serverWith();
  });
  afterEach(() => issuer.close());

  const status = async (token: string, by = server): Promise<number> => (await by.fetch(mcpRequest(RESOURCE, { token }))).status;
  const good = (): Promise<string> => issuer.token(RESOURCE, { claims: { exp: NOW + 86_400 } });

  it('are fetched once for a hundred requests that arrive together', async () => {
    const token = await good();
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => status(token))))).toEqual(new Set([200]));
    expect([issuer.count('/.well-known/oauth-authorization-server'), issuer.count('/jwks')]).toEqual([1, 1]);
  });

  it('that cannot be had make every answer 503, never an accept, and a later request succeeds by itself', async () => {
    issuer.down = true;
    const token = await good();
    const response = await server.fetch(mcpRequest(RESOURCE, { token }));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ error: 'temporarily_unavailable' });
    expect(reports[0]).toMatchObject({ reason: 'issuer.unavailable' });
    issuer.down = false;
    clock += 2 * SECOND;
    expect(await status(token)).toBe(200);
  });

  it('are not asked for again and again while the issuer is down', async () => {
    issuer.down = true;
    const token = await good();
    for (let i = 0; i < 20; i += 1) expect(await status(token)).toBe(503);
    expect(issuer.asked).toHaveLength(1);
  });

  it('bridge an outage of ten minutes, and then close', async () => {
    const token = await good();
    expect(await status(token)).toBe(200);
    issuer.down = true;
    clock += 599 * SECOND;
    expect(await status(token)).toBe(200);
    clock += 3 * SECOND;
    expect(await status(token)).toBe(503);
  });

  it('that are new are found at the first token that needs them', async () => {
    expect(await status(await good())).toBe(200);
    clock += 30 * SECOND;
    const next = await newKey('k2');
    issuer.jwks = { keys: [issuer.key.publicJwk, next.publicJwk] };
    expect(await status(await issuer.token(RESOURCE, { key: next }))).toBe(200);
    expect(issuer.count('/jwks')).toBe(2);
  });

  it('that nobody knows cost one fetch per half minute, however many tokens name them', async () => {
    expect(await status(await good())).toBe(200);
    const stranger = await newKey('none-1');
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => issuer.token(RESOURCE, { key: { ...stranger, kid: `none-${i}` } })));
    for (const wait of [0, 10, 25]) {
      clock += wait * SECOND;
      expect(new Set(await Promise.all(tokens.map((token) => status(token))))).toEqual(new Set([401]));
    }
    expect(issuer.count('/jwks')).toBe(2);
  });

  it('that were withdrawn are refused once the copy is renewed', async () => {
    const token = await good();
    expect(await status(token)).toBe(200);
    issuer.jwks = { keys: [(await newKey('k2')).publicJwk] };
    clock += 600 * SECOND;
    expect(await status(token)).toBe(401);
  });

  it('are never symmetric and never private, whatever the set says', async () => {
    const secret = new TextEncoder().encode('a secret of thirty-two bytes ...');
    issuer.jwks = { keys: [{ kty: 'oct', kid: 'k1', alg: 'ES256', k: Buffer.from(secret).toString('base64url') }, { ...issuer.key.publicJwk, d: 'AAAA' }] };
    expect(await status(await good())).toBe(401);
  });

  it('serve although other entries of the set are worthless', async () => {
    const bad = [null, 'k1', {}, { kty: 'oct', k: 'AAAA' }, { ...issuer.key.publicJwk, d: 'AAAA' }];
    issuer.jwks = { keys: [...bad, issuer.key.publicJwk] as never };
    expect(await status(await good())).toBe(200);
  });

  it('of RSA and Ed25519 serve as well, and an algorithm that was not chosen does not', async () => {
    const keys = await Promise.all([newKey('rs', 'RS256'), newKey('ps', 'PS256'), newKey('ed', 'EdDSA')]);
    issuer.jwks = { keys: [issuer.key.publicJwk, ...keys.map(({ publicJwk }) => publicJwk)] };
    for (const key of keys) expect(await status(await issuer.token(RESOURCE, { key }))).toBe(200);
    const strict = serverWith({ algorithms: ['EdDSA'] });
    expect(await status(await good(), strict)).toBe(401);
  });

  it.each<[string, (one: TestIssuer) => unknown]>([
    ['names another issuer', (one) => Object.assign(one, { metadata: { ...one.metadata, issuer: `${one.url}/` } })],
    ['has no keys', (one) => Object.assign(one, { metadata: { issuer: one.url } })],
    ['sends us to plain http elsewhere', (one) => Object.assign(one, { metadata: { ...one.metadata, jwks_uri: 'http://keys.example/jwks' } })],
    ['sends us to a file', (one) => Object.assign(one, { metadata: { ...one.metadata, jwks_uri: 'file:///etc/passwd' } })],
    ['lists more keys than anyone has', (one) => Object.assign(one, { jwks: { keys: Array.from({ length: 101 }, () => one.key.publicJwk) } })],
    ['has a key set that is none', (one) => Object.assign(one, { jwks: { keys: 'k1' } })],
    ['is endless', (one) => Object.assign(one, { metadata: { ...one.metadata, padding: 'x'.repeat(300_000) } })],
  ])('are not taken from metadata that %s', async (_, spoil) => {
    spoil(issuer);
    const asked: string[] = [];
    const recording = serverWith({
      fetch: (input, init) => {
        asked.push(String(input));
        return fetch(input, init);
      },
    });
    expect(await status(await good(), recording)).toBe(503);
    expect(asked.filter((url) => !url.startsWith(issuer.url))).toEqual([]);
  });

  it('are found through OpenID Connect discovery, for an issuer with a path too', async () => {
    const url = `${issuer.url}/t/acme`;
    const asked: string[] = [];
    const documents = new Map([[`${url}/.well-known/openid-configuration`, { issuer: url, jwks_uri: `${issuer.url}/jwks` }]]);
    const atPath = serverWith({
      issuer: url,
      fetch: async (input, init) => {
        asked.push(String(input));
        const document = documents.get(String(input));
        return document ? Response.json(document) : fetch(input, init);
      },
    });
    expect(await status(await issuer.token(RESOURCE, { claims: { iss: url } }), atPath)).toBe(200);
    expect(asked).toEqual([
      `${issuer.url}/.well-known/oauth-authorization-server/t/acme`,
      `${issuer.url}/.well-known/openid-configuration/t/acme`,
      `${url}/.well-known/openid-configuration`,
      `${issuer.url}/jwks`,
    ]);
  });

  it('are not fetched through a redirect', async () => {
    const redirecting = serverWith({ fetch: async (input, init) => (String(input).endsWith('/jwks') ? redirected(init) : fetch(input, init)) });
    expect(await status(await good(), redirecting)).toBe(503);
  });
  /** What `fetch` does with a redirect depends on the option that it was given. */
  const redirected = (init: RequestInit | undefined): Response => {
    if (init?.redirect === 'error') throw new TypeError('unexpected redirect');
    return Response.json(issuer.jwks);
  };
});
