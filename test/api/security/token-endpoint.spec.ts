import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'node:http';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { IntrospectionEndpoint } from '../../../src/api/oauth/introspection-endpoint.js';
import { MetricsCollector } from '../../../src/api/health/metrics-collector.js';
import { RotateAgentSecret } from '../../../src/commands/agents/rotate-agent-secret.js';
import { GiveGrant } from '../../../src/commands/grants/give-grant.js';
import { RotateResourceSecret } from '../../../src/commands/resources/rotate-resource-secret.js';
import { type Posted, expectSameBothWays } from '../../support/both-ways.js';
import { NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';
import { rawRequest, sendRaw } from '../../support/raw-http.js';

/** Sends the path exactly as written: fetch would put it right first. */
const rawStatus = (issuer: string, method: string, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(issuer);
    const sent = request({ host: '127.0.0.1', port, method, path, headers: { 'content-type': 'application/x-www-form-urlencoded' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject).end(method === 'POST' ? 'grant_type=client_credentials' : undefined);
  });

/** Threats 3.3 (TE), 3.4 (CA). */
describe('the token endpoint, and what is the same at its neighbours', () => {
  let hub: TestHub;
  let resourceId: string;
  beforeAll(async () => {
    hub = await startHub();
    resourceId = await hub.resource();
    await hub.user();
  });
  afterAll(() => hub.close());

  it.each([
    ['application/json', '{"grant_type":"client_credentials"}'], ['multipart/form-data; boundary=x', '--x--'], ['text/plain', 'grant_type=client_credentials'],
    ['application/x-www-form-urlencodedx', 'grant_type=client_credentials'], ['application/x-www-form-urlencoded\t;x', 'grant_type=password'],
    ['APPLICATION/JSON', '{}'],
  ])('TE-02: a body of type %j is refused or checked like any other, never half-read', async (type, body) => {
    const answer = await hub.fetch('/token', { method: 'POST', body, headers: { 'content-type': type } });
    expect([400, 401, 415]).toContain(answer.status);
    expect(await answer.json()).toMatchObject({ error: expect.any(String) });
  });

  it('TE-03: refuses a parameter that is given twice', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    const twice = new URLSearchParams([['grant_type', 'client_credentials'], ['grant_type', 'client_credentials'], ['resource', NOTES.uri]]);
    expect((await hub.post('/token', twice, basic(service.clientId, service.clientSecret))).body['error']).toBe('invalid_request');
  });

  it('TE-04: refuses grants that are unknown or that the client may not use, and records it', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    for (const grantType of ['password', 'implicit', '__proto__'])
      expect((await hub.post('/token', { grant_type: grantType }, basic(service.clientId, service.clientSecret))).body['error']).toBe('unsupported_grant_type');
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    const refused = await hub.post('/token', { grant_type: 'client_credentials', client_id: clientId, resource: NOTES.uri });
    expect(refused.body['error']).toBe('unauthorized_client');
    const recorded = (await hub.events('TokenRefused')).map(({ data }) => data);
    expect(recorded).toContainEqual({ agentId: service.agentId, grantType: 'password', error: 'unsupported_grant_type', reason: 'agent.grant_type_not_allowed' });
    expect(recorded).toContainEqual({ agentId: clientId, grantType: 'client_credentials', error: 'unauthorized_client', reason: 'client.unauthenticated' });
  });

  it('TE-05: odd spellings of a path reach the same checks or nothing', async () => {
    for (const [method, path] of [
      ['HEAD', '/token'], ['GET', '/token'], ['POST', '/token/'], ['POST', '//token'], ['POST', '/%74oken'], ['POST', '/TOKEN'], ['POST', '/token;x=1'],
      ['POST', '/t/default/token'], ['POST', '/./token'], ['POST', '/x/../token'], ['HEAD', '/authorize'], ['POST', '/t/nobody/token'],
    ] as const) {
      const status = await rawStatus(hub.issuer, method, path);
      expect([path, [400, 401, 404, 405].includes(status) ? 'refused' : status]).toEqual([path, 'refused']);
    }
  });

  it('TE-08: no answer is cached, and no error tells of the inside', async () => {
    const answers = [await hub.post('/token', {}), await hub.post('/revoke', {}), await hub.post('/introspect', {}), await hub.post('/nothing-here', {})];
    for (const { headers, body } of answers) {
      expect(headers.get('cache-control')).toBe('no-store');
      expect(Object.keys(body).sort()).toEqual(['error', 'error_description']);
      expect(JSON.stringify(body)).not.toMatch(/\bat \w+\.|\.js\b|node_modules|Error:/);
    }
  });

  it('answers a browser\'s preflight on public endpoints only, without credentials', async () => {
    for (const [path, open] of [['/token', true], ['/register', true], ['/jwks', true], ['/.well-known/openid-configuration', true], ['/authorize', false], ['/introspect', false], ['/api/agents', false]] as const) {
      const answer = await hub.fetch(path, { method: 'OPTIONS', headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' } });
      expect([path, answer.headers.get('access-control-allow-origin')]).toEqual([path, open ? '*' : null]);
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  it('TE-02, RX-01: the short way of an ordinary request gives the same answer as the framework\'s, and refuses no less', async () => {
    const { clientId, clientSecret, agentId } = await hub.service(resourceId, ['notes:read']);
    const { authorization: proof = '' } = basic(clientId, clientSecret);
    const good = new URLSearchParams({ grant_type: 'client_credentials', resource: NOTES.uri }).toString();
    const requests: Posted[] = [
      ['/token', { authorization: proof }, good], ['/t/default/token', { authorization: proof }, good], ['/t/nobody/token', { authorization: proof }, good],
      ['/token?x=1', { authorization: proof }, good], ['/x/token', { authorization: proof }, good], ['/token', { authorization: proof, host: 'other.example', 'x-forwarded-for': '1.2.3.4' }, good],
      ['/token', {}, good], ['/token', { authorization: 'Basic' }, good], ['/token', { authorization: `${proof.slice(0, -4)}AAAA` }, good],
      ['/token', { authorization: proof, origin: 'https://app.example' }, `${good}&grant_type=refresh_token`], ['/token', { authorization: proof }, 'grant_type=password'],
      ['/token', { authorization: proof }, `${good}&client_secret=x`], ['/token', { authorization: proof }, `${good}&scope=%ff%00`], ['/token', { authorization: proof }, `resource=x`],
      ['/token', { authorization: proof }, Buffer.concat([Buffer.from(`${good}&scope=`), Buffer.from([0xe2, 0x82])])], ['/token', { authorization: proof }, `${good}${'&x='.repeat(98)}`],
      ['/token', { authorization: proof }, `${good}${'&x='.repeat(99)}`], ['/token', { authorization: proof }, `${good}&x=`.padEnd(65_536, 'y')], ['/token', { authorization: proof }, `${good}&x=`.padEnd(65_537, 'y')],
      ['/token', { authorization: proof, 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }, good], ['/token', { authorization: proof, 'content-type': 'application/json' }, '{}'],
    ];
    await expectSameBothWays(hub, requests);
    expect((await hub.events('TokenIssued')).filter(({ data }) => (data as { agentId: string }).agentId === agentId).length).toBeGreaterThan(10);
  });

  it('TE-02, RX-01, IR-01: introspection and revocation answer and record the same on the short way, and refuse no less', async () => {
    const [service, stranger] = [await hub.service(resourceId, ['notes:read']), await hub.service(resourceId, ['notes:read'])];
    const { secret } = await hub.do(new RotateResourceSecret(resourceId, hub.context));
    const publicClient = await hub.agent(PUBLIC_CLIENT);
    const issued = async () => `token=${(await hub.clientCredentials(service, { resource: NOTES.uri })).body['access_token'] as string}`;
    const token = await issued();
    const { authorization: own = '' } = basic(service.clientId, service.clientSecret);
    const callers = [
      own, basic(stranger.clientId, stranger.clientSecret).authorization!, `${own.slice(0, -4)}AAAA`, 'Basic', basic(resourceId, secret).authorization!, basic(resourceId, 'wrong').authorization!,
      basic(publicClient.clientId, '').authorization!, basic('res_nobody', secret).authorization!,
    ].map((authorization) => ({ authorization }));
    const odd: (readonly [headers: Readonly<Record<string, string>>, body: string | Buffer])[] = [
      [{}, token], [{ authorization: own }, 'token='], [{ authorization: own }, 'token=garbage'], [{ authorization: own }, 'token=mr_aut_x.1.y'], [{ authorization: own }, `${token}&client_secret=x`],
      [{ authorization: own, origin: 'https://app.example' }, 'token=x'], [{ authorization: own, host: 'other.example' }, 'token=x'], [{ authorization: own }, `token=x${'&x='.repeat(99)}`],
      [{ authorization: own }, 'token=x&x='.padEnd(65_537, 'y')], [{ authorization: own, 'content-type': 'application/json' }, '{}'], [{ authorization: own }, Buffer.from([0x74, 0x3d, 0xe2, 0x82])],
    ];
    for (const [path, mine] of [['/introspect', token], ['/revoke', issued]] as const)
      await expectSameBothWays(hub, [
        ...callers.map((headers) => [path, headers, headers.authorization === own ? mine : token] as const), ...odd.map(([headers, body]) => [path, headers, body] as const),
        ...[`/t/default${path}`, `/t/nobody${path}`, `${path}?x=1`, `/x${path}`].map((url) => [url, { authorization: own }, mine] as const),
      ]);
    expect((await hub.post('/introspect', new URLSearchParams(token), { authorization: own })).body).toMatchObject({ active: true, client_id: service.clientId });
    expect((await hub.events('TokenRevoked')).filter(({ data }) => (data as { agentId: string }).agentId === service.agentId).length).toBeGreaterThan(5);
  });

  it('TE-02, RX-01: what has a header twice, names a whole URL, or ends in the middle of its form gets nothing', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    const { authorization } = basic(service.clientId, service.clientSecret);
    const done = async () => (await hub.events('TokenIssued', 'TokenRevoked')).length;
    const token = (await hub.clientCredentials(service, { resource: NOTES.uri })).body['access_token'] as string;
    for (const [path, form] of [['/token', { grant_type: 'client_credentials', resource: NOTES.uri }], ['/revoke', { token }]] as const) {
      const body = new URLSearchParams(form).toString();
      const headers = [`Host: ${new URL(hub.issuer).host}`, 'Content-Type: application/x-www-form-urlencoded', `Authorization: ${authorization}`, `Content-Length: ${body.length}`];
      const before = await done();
      expect((await sendRaw(hub.issuer, rawRequest(`POST ${path}`, [...headers, headers[2]!], body))).status).toBe(400);
      expect((await sendRaw(hub.issuer, rawRequest(`POST ${hub.issuer}${path}`, headers, body))).status).toBe(400);
      expect((await sendRaw(hub.issuer, rawRequest(`POST ${path}`, headers, body.slice(0, -1)), { andHangUp: true })).status).not.toBe(200);
      expect(await done()).toBe(before);
      expect((await sendRaw(hub.issuer, rawRequest(`POST ${path}`, headers, body))).status).toBe(200);
      expect(await done()).toBe(before + 1);
    }
  });

  it('answers requests that come in one piece in their order, each whole', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    const { authorization } = basic(service.clientId, service.clientSecret);
    const token = (await hub.clientCredentials(service, { resource: NOTES.uri })).body['access_token'] as string;
    // An issuance waits for the ledger, and what is behind it is done first.
    const forms: [path: string, form: Record<string, string>][] = [['/token', { grant_type: 'client_credentials', resource: NOTES.uri }], ['/introspect', { token }], ['/revoke', { token }], ['/introspect', {}]];
    const piece = forms.map(([path, form], n) => {
      const body = new URLSearchParams(form).toString();
      const head = [`POST ${path} HTTP/1.1`, `Host: ${new URL(hub.issuer).host}`, `Authorization: ${authorization}`, 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`];
      return [...head, ...(n === forms.length - 1 ? ['Connection: close'] : []), '', body].join('\r\n');
    });
    // The last has nothing in it, so it goes the long way.
    const answers = (await sendRaw(hub.issuer, piece.join(''))).text.split(/(?=HTTP\/1\.1 )/).map((answer) => [Number(answer.slice(9, 12)), answer.split('\r\n\r\n')[1]]);
    const [gave, says, wrong] = ['"access_token"', '"active":true', '"error"'].map((part) => expect.stringContaining(part));
    expect(answers).toEqual([[200, gave], [200, says], [200, ''], [400, wrong]]);
  });

  it.each(['plain', 'ü, in Latin 1 too', '\u20ac and \u{1f600}', ''])('an answer that says %j arrives whole on the short way', async (body) => {
    const answering = jest.spyOn(hub.inside.app.get(IntrospectionEndpoint, { strict: false }), 'answer').mockResolvedValue({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body });
    const answer = await hub.fetch('/introspect', { method: 'POST', body: new URLSearchParams({ token: 'x' }) });
    expect([await answer.text(), answer.headers.get('content-length')]).toEqual([body, String(Buffer.byteLength(body))]);
    await expectSameBothWays(hub, [['/introspect', {}, 'token=x']]);
    answering.mockRestore();
  });

  it('a mistake of ours around an answer of the short way is a recorded failure, as anywhere else', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    const mistake = new Error('the metrics fail');
    const broken = jest.spyOn(hub.inside.app.get(MetricsCollector, { strict: false }), 'formAnswered').mockImplementation(() => {
      throw mistake;
    });
    await hub.clientCredentials(service, { resource: NOTES.uri }).catch(() => undefined);
    broken.mockRestore();
    expect(hub.inside.failures.splice(0)).toEqual([mistake]);
  });

  it('CA-01: a confidential client without its credential is refused everywhere', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    for (const grantType of ['authorization_code', 'refresh_token', 'client_credentials'])
      expect((await hub.post('/token', { grant_type: grantType, client_id: service.clientId, code: 'x', refresh_token: 'x' })).status).toBe(401);
    for (const path of ['/revoke', '/introspect']) expect((await hub.post(path, { client_id: service.clientId, token: 'x' })).status).toBe(401);
  });

  it('CA-02: a credential given in two ways, or malformed, is refused', async () => {
    const { clientId, clientSecret } = await hub.service(resourceId, ['notes:read']);
    const both = await hub.post('/token', { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }, basic(clientId, clientSecret));
    expect(both.body['error']).toBe('invalid_request');
    for (const authorization of ['Basic', 'Basic !!!', 'Basic bm9jb2xvbg==', `Basic ${Buffer.from('%E0%A4%A:x').toString('base64')}`])
      expect((await hub.post('/token', { grant_type: 'client_credentials' }, { authorization })).status).toBe(401);
  });

  it('CA-03: a public client that brings a secret is refused', async () => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    expect((await hub.post('/token', { grant_type: 'refresh_token', refresh_token: 'x', client_id: clientId, client_secret: 'x' })).status).toBe(401);
  });

  it('CA-09: a secret works until its overlap ends', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    const { clientSecret } = await hub.do(new RotateAgentSecret(service.agentId, 60, hub.context));
    const statuses = async () => [(await hub.clientCredentials(service, { resource: NOTES.uri })).status, (await hub.clientCredentials({ ...service, clientSecret }, { resource: NOTES.uri })).status];
    expect(await statuses()).toEqual([200, 200]);
    hub.inside.clock.advance(61);
    expect(await statuses()).toEqual([401, 200]);
  });

  describe('private_key_jwt', () => {
    let clientId: string;
    let key: CryptoKey;
    let publicJwk: Record<string, unknown>;
    beforeAll(async () => {
      const pair = await generateKeyPair('ES256');
      key = pair.privateKey;
      publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' };
      const metadata = { ...SERVICE_CLIENT, tokenEndpointAuthMethod: 'private_key_jwt' as const, jwks: JSON.stringify({ keys: [publicJwk] }) };
      const { agentId } = await hub.agent(metadata, 'Keyed');
      clientId = agentId;
      await hub.do(new GiveGrant({ agentId, principal: { kind: 'agent', id: agentId }, resourceId, scopes: ['notes:read'] }, hub.context));
    });
    const now = () => Math.floor(hub.inside.clock.now() / 1000);
    let count = 0;
    const assertion = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> =>
      new SignJWT({ iss: clientId, sub: clientId, aud: hub.issuer, iat: now(), exp: now() + 60, jti: `j${(count += 1)}`, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(key);
    const use = async (text: string, extra: Record<string, string> = {}) => hub.post('/token', {
      grant_type: 'client_credentials', resource: NOTES.uri, client_assertion: text,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', ...extra,
    });

    it('authenticates a client by a signature, with and without client_id', async () => {
      expect((await use(await assertion())).status).toBe(200);
      expect((await use(await assertion(), { client_id: clientId })).status).toBe(200);
    });

    it('CA-05: takes each assertion once, also from 20 in parallel', async () => {
      const text = await assertion();
      const answers = await Promise.all(Array.from({ length: 20 }, () => use(text)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 401)]);
    });

    it('CA-04, CA-07, CA-08: refuses another audience, lifetime, issuer or subject', async () => {
      for (const claims of [
        { aud: `${hub.issuer}/token` }, { aud: [hub.issuer, 'https://other.example'] }, { aud: 'https://other.example' }, { aud: `${hub.issuer}/` },
        { exp: undefined }, { exp: now() + 3600 }, { exp: now() - 60 }, { iat: now() + 120 }, { iss: 'other' }, { sub: 'agt_other' }, { jti: undefined },
      ])
        expect([claims, (await use(await assertion(claims), { client_id: clientId })).status]).toEqual([claims, 401]);
    });

    it('CA-06: refuses alg none, HMAC with the public key, and headers that bring a key, without fetching anything', async () => {
      const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await assertion()).split('.')[1]}.`;
      const hmac = await new SignJWT({ iss: clientId, sub: clientId, aud: hub.issuer, exp: now() + 60, jti: 'h' })
        .setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(JSON.stringify(publicJwk)));
      const texts = [none, hmac, await assertion({}, { jwk: publicJwk }), await assertion({}, { jku: 'http://169.254.169.254/' }), await assertion({}, { kid: '../../etc' }), await assertion({}, { typ: 'at+jwt' })];
      for (const text of texts) expect((await use(text, { client_id: clientId })).status).toBe(401);
      expect(hub.inside.documents.asked).toEqual([]);
    });

    it('keys at a jwks_uri are fetched once for all who come, and once a minute at most however many assertions they do not verify; a new key is found', async () => {
      const jwksUri = 'https://keyed.example/jwks';
      const { documents, clock } = hub.inside;
      const elsewhere = await hub.agent({ ...SERVICE_CLIENT, tokenEndpointAuthMethod: 'private_key_jwt', jwksUri }, 'Keyed elsewhere');
      await hub.do(new GiveGrant({ agentId: elsewhere.agentId, principal: { kind: 'agent', id: elsewhere.agentId }, resourceId, scopes: ['notes:read'] }, hub.context));
      const theirs = { iss: elsewhere.clientId, sub: elsewhere.clientId };
      const several = async (count: number, header = {}): Promise<unknown> =>
        [...new Set(await Promise.all(Array.from({ length: count }, async () => (await use(await assertion(theirs, header), { client_id: elsewhere.clientId })).status)))];
      const fetched = () => documents.asked.filter((url) => url === jwksUri).length;
      expect([await several(5), fetched()]).toEqual([[401], 1]);
      documents.publish(jwksUri, { keys: [{ ...publicJwk, kid: 'k0' }] });
      clock.advance(61);
      expect([await several(5, { kid: 'k0' }), fetched()]).toEqual([[200], 2]);
      expect([await several(5), fetched()]).toEqual([[401], 2]);
      documents.publish(jwksUri, { keys: [publicJwk] });
      clock.advance(61);
      expect([await several(5), fetched()]).toEqual([[200], 3]);
      documents.withdraw(jwksUri);
      clock.advance(601);
      expect([await several(5), fetched()]).toEqual([[200], 4]);
      clock.advance(3_600);
      expect(await several(5)).toEqual([401]);
      documents.publish(jwksUri, { keys: [publicJwk] });
      clock.advance(61);
      expect(await several(5)).toEqual([200]);
      // Emptied, not away: they are withdrawn.
      documents.publish(jwksUri, { keys: [] });
      clock.advance(601);
      expect(await several(5)).toEqual([401]);
    });
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
