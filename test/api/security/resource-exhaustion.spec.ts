import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LiveState } from '../../../src/commands/live-state.js';
import { expectSameBothWays } from '../../support/both-ways.js';
import { authorizeUrl, pkce } from '../../support/code-flow.js';
import { ADMIN, NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';
import { rawRequest, sendRaw } from '../../support/raw-http.js';
import { adminToken, call } from '../admin/admin-rig.js';

const FORM = 'application/x-www-form-urlencoded';
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** Threats 3.23 (RX): what a stranger can make the hub do is bounded. */
describe('resource exhaustion', () => {
  let hub: TestHub;
  let host: string;
  let service: { clientId: string; clientSecret: string };
  beforeAll(async () => {
    hub = await startHub();
    host = `Host: ${new URL(hub.issuer).host}`;
    service = await hub.service(await hub.resource(), ['notes:read']);
  });
  afterAll(() => hub.close());

  const json = (path: string, body: string, headers: Record<string, string> = {}) =>
    hub.fetch(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  const raw = (line: string, headers: readonly string[] = [], body = '') => sendRaw(hub.issuer, rawRequest(line, [host, ...headers], body));

  describe('RX-01: what is larger than anything honest is refused before it is parsed', () => {
    it.each(['/token', '/introspect', '/revoke', '/sign-in', '/consent'])('a form of more than 64 KB at %s is 413', async (path) => {
      const answer = await hub.fetch(path, { method: 'POST', body: 'x'.repeat(65_537), headers: { 'content-type': FORM } });
      expect(answer.status).toBe(413);
    });

    it('JSON of more than 256 KB is 413, in the form of each path', async () => {
      const body = JSON.stringify({ client_name: 'x'.repeat(262_144) });
      const register = await json('/register', body);
      expect([register.status, await register.json()]).toEqual([413, { error: 'invalid_request', error_description: 'The request is too large.' }]);
      const { token } = await adminToken(hub);
      expect(await call(hub, 'POST', '/api/policies', { token, body })).toMatchObject({ status: 413, body: { code: 'request.too_large' } });
    });

    it('a URL of more than 8 KB is 414, and headers of more than 16 KB are 431', async () => {
      const query = `?state=${'x'.repeat(8192)}`;
      expect(await raw(`GET /jwks${query}`)).toMatchObject({ status: 414, body: '{"error":"invalid_request","error_description":"The URL is too long."}' });
      expect((await raw(`GET /authorize${query}`)).status).toBe(414);
      expect((await raw(`GET /api/agents${query}`)).status).toBe(414);
      expect(await raw('GET /jwks', [`X-Long: ${'x'.repeat(16_384)}`])).toMatchObject({ status: 431, body: '{"error":"invalid_request","error_description":"The headers are too large."}' });
    });

    it.each(['/token', '/revoke', '/sign-in'])('a form of more than 100 parameters at %s is 400, whichever of them it would have used', async (path) => {
      const fields = `grant_type=client_credentials&${Array.from({ length: 1000 }, (_, n) => `p${n}=1`).join('&')}`;
      expect((await hub.fetch(path, { method: 'POST', body: fields, headers: { 'content-type': FORM } })).status).toBe(400);
    });

    it('an authorization request of more than 100 parameters is a page, and goes nowhere', async () => {
      const { clientId } = await hub.agent(PUBLIC_CLIENT);
      const page = await hub.browser().open(`${authorizeUrl(clientId, pkce().challenge)}&${'a=1&'.repeat(100)}`);
      expect([page.status, page.location]).toEqual([400, undefined]);
    });

    it('names that nobody has are not remembered at their length', async () => {
      const live = hub.inside.app.get(LiveState, { strict: false });
      const before = live.size;
      for (let n = 0; n < 10; n += 1) await hub.post('/introspect', { token: 'x', client_id: `res_${n}${'x'.repeat(60_000)}` });
      expect(live.size).toBe(before);
    });
  });

  describe('RX-02: tokens and documents built to be expensive', () => {
    const part = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
    const bombs: readonly (readonly [string, string])[] = [
      ['of 60 KB', `${part({ alg: 'ES256' })}.${'A'.repeat(60_000)}.AA`],
      ['with a header of depth 1,000', `${part(nested(1000))}.${part({})}.AA`],
      ['with thousands of claims', `${part({ alg: 'ES256' })}.${part(Object.fromEntries(Array.from({ length: 4000 }, (_, n) => [`c${n}`, n])))}.AA`.slice(0, 60_000)],
      ['encrypted under a password with a billion rounds', `${part({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 1e9, p2s: 'AA' })}.AA.AA.AA.AA`],
      ['compressed', `${part({ alg: 'dir', enc: 'A128GCM', zip: 'DEF' })}..AA.AA.AA`],
      ['with 20 signatures around each other', Array.from({ length: 20 }).reduce<string>((inner) => `${part({ alg: 'ES256' })}.${part(inner)}.AA`, 'x').slice(-60_000)],
      ['unsigned', `${part({ alg: 'none' })}.${part({ sub: 'x' })}.`],
    ];

    let keyed: string;
    beforeAll(async () => {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwks = JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] });
      ({ clientId: keyed } = await hub.agent({ ...SERVICE_CLIENT, tokenEndpointAuthMethod: 'private_key_jwt', jwks }, 'Keyed'));
    });

    it.each(bombs)('a token %s is inactive, and no client is authenticated by it', async (_, token) => {
      expect(await hub.post('/introspect', { token }, basic(service.clientId, service.clientSecret))).toMatchObject({ status: 200, body: { active: false } });
      const assertion = { client_assertion: token, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_id: keyed };
      expect(await hub.post('/token', { grant_type: 'client_credentials', ...assertion })).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
      const asBearer = await call(hub, 'GET', '/api/agents/agt_x', { token: token.slice(0, 12_000) });
      expect([asBearer.status, asBearer.body['code']]).toEqual([401, 'token.invalid']);
    });

    it('JSON that nests deeper than 32 is malformed, however it is dressed', async () => {
      const { token } = await adminToken(hub);
      for (const body of [nested(1000), nested(40_000), `${'['.repeat(100_000)}`, `{"a":"\\"[[","b":${nested(33)}}`]) {
        expect([(await json('/register', body)).status, body.length]).toEqual([400, body.length]);
        expect(await call(hub, 'POST', '/api/policies', { token, body })).toMatchObject({ status: 400, body: { code: 'request.malformed' } });
      }
      const flat = { client_name: `${'['.repeat(100)}\\"${'{'.repeat(100)}`, redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'none' };
      expect((await json('/register', JSON.stringify(flat))).status).toBe(201);
    });
  });

  it('RX-07: a password longer than any can be is told apart from no other wrong one', async () => {
    const browser = hub.browser();
    const page = await browser.open('/sign-in');
    const words = async (password: string): Promise<readonly unknown[]> => {
      const { status, html } = await browser.submit(page, '/sign-in', { email: ADMIN.email, password });
      return [status, html.replaceAll(/(?:value|data-options)="[^"]*"/g, '')];
    };
    expect(await words('x'.repeat(60_000))).toEqual(await words('wrong and short enough'));
    expect((await browser.submit(page, '/sign-in', { email: ADMIN.email, password: 'x'.repeat(1_000_000) })).status).toBe(413);
  });

  it('RX-04: a thousand refused requests of strangers write an event of each kind, and honest traffic is served', async () => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT, 'Well known');
    const before = (await hub.events()).length;
    const noise = (n: number): readonly (() => Promise<unknown>)[] => [
      () => hub.fetch(authorizeUrl(clientId, 'x', { redirect_uri: `https://evil.example/${n}` })),
      () => hub.post('/token', { grant_type: `made-up-${n}`, client_id: clientId }),
      () => hub.post('/token', { grant_type: 'client_credentials', client_id: service.clientId, client_secret: `${n}` }),
      () => hub.post('/token', { grant_type: 'authorization_code', client_id: clientId, code: `mc_aut_${n}.x` }),
      () => hub.post('/token', { grant_type: 'refresh_token', client_id: clientId, refresh_token: `mr_aut_x.${n}.x` }),
      () => hub.post('/token', { grant_type: 'client_credentials', client_id: `agt_${n}` }),
      () => hub.post('/introspect', { token: `${n}` }, basic(service.clientId, `wrong ${n}`)),
      () => hub.post('/revoke', { token: `${n}`, client_id: clientId }),
      () => hub.fetch('/api/agents', { headers: { authorization: `Bearer x${n}` } }),
      () => hub.post('/register', { n: `${n}` }),
      () => hub.fetch('/sign-in', { method: 'POST', body: new URLSearchParams({ email: `${n}@example.com`, password: 'x' }) }),
    ];
    for (let n = 0; n < 100; n += 1) await Promise.all(noise(n).map((request) => request()));
    const written = (await hub.events()).slice(before).map(({ type }) => type);
    // At each endpoint the first of its kind in a minute.
    expect(written.sort()).toEqual(['AuthorizationRefused', 'ClientAuthenticationFailed', 'ClientAuthenticationFailed', 'TokenRefused']);
    expect((await hub.clientCredentials(service, { resource: NOTES.uri })).status).toBe(200);
  });

  describe('RX-06: a limit has one key for one network', () => {
    const register = async (at: TestHub, headers: Record<string, string>, path = '/register'): Promise<number> =>
      (await sendRaw(at.issuer, rawRequest(`POST ${path}`, [
        `Host: ${new URL(at.issuer).host}`, 'Content-Type: application/json', 'Content-Length: 2', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ], '{}'))).status;
    const exhaust = async (at: TestHub, headers: (n: number) => Record<string, string>): Promise<number> => {
      for (let n = 0; n < 60; n += 1) expect(await register(at, headers(n))).toBe(400);
      return register(at, headers(60));
    };

    describe('behind a proxy that is trusted', () => {
      let proxied: TestHub;
      beforeAll(async () => {
        proxied = await startHub({ trustedProxies: ['127.0.0.1', '::1'] });
      });
      afterAll(() => proxied.close());
      const from = (address: string): Record<string, string> => ({ 'X-Forwarded-For': address });

      it('however an address of an IPv6 /64 is chosen and written', async () => {
        const spellings = ['2001:db8:0:1::', '2001:DB8::1:0:0:0:', '2001:0db8:0000:0001::'];
        expect(await exhaust(proxied, (n) => from(spellings[n % 3]! + (n + 1).toString(16)))).toBe(429);
        expect(await register(proxied, from('2001:db8:0:2::1'))).toBe(400);
      });

      it('whether an IPv4 address comes mapped or not, and whatever the caller says stood before it', async () => {
        expect(await exhaust(proxied, (n) => from(`203.0.113.${n}, ${n % 2 === 0 ? '' : '::ffff:'}198.51.100.${n}`))).toBe(429);
        expect(await register(proxied, from('198.51.101.1'))).toBe(400);
      });

      it('and a form with such an address gets the same answer on the short way as on the framework\'s', async () => {
        const { clientId, clientSecret } = await proxied.service(await proxied.resource(), ['notes:read']);
        const { authorization: proof = '' } = basic(clientId, clientSecret);
        await expectSameBothWays(proxied, [proof, 'Basic', `${proof.slice(0, -4)}AAAA`].flatMap((authorization) => ['203.0.113.7', 'x, 10.0.0.1', ''].map((forwarded) =>
          ['/token', { authorization, 'x-forwarded-for': forwarded }, `grant_type=client_credentials&resource=${encodeURIComponent(NOTES.uri)}`] as const)));
      });
    });

    it('whatever a header says where no proxy is trusted, and however the path is spelled', async () => {
      const lie = (n: number) => ({ 'X-Forwarded-For': `203.0.113.${n}`, 'X-Real-IP': `203.0.113.${n}`, Forwarded: `for=203.0.113.${n}`, 'CF-Connecting-IP': `203.0.113.${n}` });
      const fresh = await startHub();
      expect(await exhaust(fresh, lie)).toBe(429);
      for (const path of ['//register', '/register/', '/./register', '/%72egister', '/Register', '/register;a', '/t/default/register'])
        expect([path, [404, 429].includes(await register(fresh, lie(61), path))]).toEqual([path, true]);
      await fresh.close();
    });
  });

  describe('RX-08: nothing that is sent ends the process, and nothing of the inside is told', () => {
    it.each([
      ['a path that does not decode', 'GET /%zz', []], ['one of the API', 'GET /api/agents/%ff', []], ['a header without a name', 'GET /', [': x']],
      ['a header with a space in its name', 'GET /', ['X Y: z']], ['a control character', 'GET /', ['X: a\u0000b']], ['a method that nobody knows', 'BREW /', []],
      ['two lengths', 'POST /token', ['Content-Length: 1', 'Content-Length: 2']], ['a length and chunks', 'POST /token', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
      ['an encoding that nobody knows, of a request that is under way already', 'GET /authorize?client_id=x', ['Transfer-Encoding: x']],
      ['a second host', 'GET /jwks', ['Host: evil.example']], ['a second authorization', 'GET /api/agents', ['Authorization: Bearer a', 'Authorization: Bearer b']],
      ['a second content type', 'POST /token', [`Content-Type: ${FORM}`, 'Content-Type: application/json', 'Content-Length: 0']], ['a whole URL', 'GET http://evil.example/jwks', []],
    ])('%s is 400', async (_, line, headers) => {
      const { status, body } = await raw(line, headers);
      expect(status).toBe(400);
      expect(body).toMatch(/"error":"invalid_request","error_description":"[A-Z][^"]+\."|"code":"request\.malformed"/);
      expect(body).not.toMatch(/FST_|HPE_|%zz|%ff|evil/);
    });

    it.each(['\u0000\u0001\u0002\r\n\r\n', 'GET\r\n\r\n', 'x'.repeat(100_000), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\u0016\u0003\u0001\u0002\u0000\u0001'])('bytes that are no HTTP are 400 or nothing (%#)', async (bytes) => {
      expect([0, 400, 431]).toContain((await sendRaw(hub.issuer, Buffer.from(`${bytes}\r\n\r\n`, 'latin1'))).status);
    });

    it('and the hub goes on', async () => {
      expect((await hub.fetch('/health/ready')).status).toBe(200);
    });
  });

  describe('RX-09: names that objects are made of are names like any other, or refused', () => {
    const NAMES = ['__proto__', 'constructor', 'prototype', '__proto__[polluted]', 'constructor.prototype.polluted', 'toString', 'hasOwnProperty'];
    const clean = (): void => {
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      expect(Object.keys(Object.prototype)).toEqual([]);
    };

    it('in JSON: 400 for a prototype, and no effect of any other', async () => {
      const { token } = await adminToken(hub);
      for (const body of ['{"__proto__":{"polluted":1}}', '{"a":{"__proto__":{"polluted":1}}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"\\u005f_proto__":{"polluted":1}}']) {
        expect((await json('/register', body)).status).toBe(400);
        expect((await call(hub, 'POST', '/api/agents', { token, body })).status).toBe(400);
      }
      clean();
    });

    it('in forms and queries: members that nobody asked for are ignored there (RFC 6749 section 3.1) and have no effect', async () => {
      const { token } = await adminToken(hub);
      for (const name of NAMES) {
        expect((await hub.clientCredentials(service, { resource: NOTES.uri, [name]: 'polluted' })).status).toBe(200);
        expect((await call(hub, 'GET', `/api/agents?${name}=polluted`, { token })).status).toBe(400);
        expect((await hub.post('/token', { grant_type: name, client_id: name })).status).toBe(401);
      }
      clean();
    });
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
