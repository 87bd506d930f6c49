import { request as plainRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../src/commands/agents/change-agent.js';
import { ChangeConnection } from '../../src/commands/connections/change-connection.js';
import { StoreKey } from '../../src/commands/credentials/store-key.js';
import { ReplayDecisions } from '../../src/commands/decisions/replay-decisions.js';
import { RevokeGrant } from '../../src/commands/grants/revoke-grant.js';
import { ActivatePolicy } from '../../src/commands/policies/activate-policy.js';
import { PublishPolicy } from '../../src/commands/policies/publish-policy.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import type { Browser } from '../support/browser.js';
import { makeTenant } from '../api/admin/admin-rig.js';
import { ConnectionsRig } from './connections-rig.js';

const dataOf = ({ data }: RecordedEvent) => data as Record<string, unknown>;

describe('a call through the hub', () => {
  let rig: ConnectionsRig;
  let ana: Browser;
  let agent: { agentId: string; token: string };
  const allow = (agentId: string, scope = 'read write') => rig.connect(ana, `/connections/service/connect?agent=${agentId}&scope=${encodeURIComponent(scope)}`);
  const last = async (type: string) => dataOf((await rig.hub.events(type)).at(-1)!);
  beforeAll(async () => {
    rig = await ConnectionsRig.start();
    ana = await rig.ana();
  });
  afterAll(() => rig.close());
  beforeEach(async () => {
    agent = await rig.agent(ana);
    rig.service.calls.length = 0;
  });
  afterEach(() => {
    rig.service.api = undefined;
    expect(rig.hub.inside.failures.splice(0)).toEqual([]);
  });

  it('reaches the service with the person\'s credential, which the agent never sees', async () => {
    await allow(agent.agentId);
    const { status, body, headers } = await rig.forward(agent.token, '/api/things?page=2&q=a%20b');
    expect([status, body]).toEqual([200, { account: 'octocat', client: 'hub', scope: 'read write' }]);
    const [call] = rig.service.calls;
    expect([call!.method, call!.url]).toEqual(['GET', '/api/things?page=2&q=a%20b']);
    expect(call!.headers.authorization).not.toBe(`Bearer ${agent.token}`);
    expect(headers.get('mandate-lend-id')).toMatch(/^lnd_/);
    expect(headers.get('content-security-policy')).toContain('sandbox');
  });

  it('is recorded before it is made: who, for whom, what, by which rule, with which version of the credential', async () => {
    await allow(agent.agentId);
    await rig.forward(agent.token, '/api/things');
    const stored = await last('CredentialStored').catch(() => last('CredentialRotated'));
    expect(await last('CredentialLent')).toMatchObject({
      agentId: agent.agentId, principal: { kind: 'user', id: expect.stringMatching(/^usr_/) }, connectionId: rig.connectionId, credentialId: stored['credentialId'],
      fingerprint: expect.stringMatching(/^[\w-]{43}$/), purpose: 'forward', method: 'GET', origin: rig.service.issuer, route: '/api/**', scopes: ['read', 'write'],
      policyVersion: 1, ruleIds: ['allow-what-was-granted'], grantType: 'authorization_code',
    });
  });

  it('passes bodies and answers through as they are, whatever they are', async () => {
    await allow(agent.agentId);
    const bytes = Buffer.from([0, 255, 1, 254, 13, 10]);
    let seen: Buffer | undefined;
    rig.service.api = async (request, response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      seen = Buffer.concat(chunks);
      response.writeHead(418, { 'content-type': 'application/x-own', 'x-total': '7', 'set-cookie': 'a=b' }).end(bytes);
    };
    const host = new URL(rig.service.issuer).host;
    const response = await rig.hub.fetch(`/connections/service/forward/${host}/api/upload`, { method: 'PUT', body: bytes, headers: { authorization: `Bearer ${agent.token}`, 'content-type': 'image/x-own' } });
    expect(seen).toEqual(bytes);
    expect([response.status, response.headers.get('content-type'), response.headers.get('x-total'), response.headers.get('set-cookie')]).toEqual([418, 'application/x-own', '7', null]);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  });

  it('streams: what the service says first arrives before it has said the rest', async () => {
    await allow(agent.agentId);
    let finish!: () => void;
    rig.service.api = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: one\n\n');
      finish = () => response.end('data: two\n\n');
    };
    const response = await rig.hub.fetch(`/connections/service/forward/${new URL(rig.service.issuer).host}/api/stream`, { headers: { authorization: `Bearer ${agent.token}` } });
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: one\n\n');
    finish();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: two\n\n');
  });

  it('takes no header along that proves somebody, says where it came from, or makes another call of it (VA-07)', async () => {
    await allow(agent.agentId);
    await rig.forward(agent.token, '/api/things', { headers: {
      cookie: 'session=1', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example', 'x-http-method-override': 'DELETE', 'x-original-url': '/admin', 'proxy-authorization': 'Basic x', dpop: 'x', 'x-own': 'kept',
    } });
    const { headers } = rig.service.calls[0]!;
    expect(Object.keys(headers).sort()).toEqual(['accept', 'accept-encoding', 'accept-language', 'authorization', 'connection', 'host', 'user-agent', 'x-own']);
    expect([headers.host, headers['accept-encoding']]).toEqual([new URL(rig.service.issuer).host, 'identity']);
  });

  it.each<readonly [string, string, string?]>([
    ['another host', 'evil.example/api/things'], ['a host that begins alike', 'HOST.evil.example/api/things'], ['a user before the host', 'HOST@evil.example/api/x'], ['another port', 'localhost:1/api/x'],
    ['a way out of the path', 'HOST/api/%2e%2e/token'], ['a double slash', 'HOST//evil.example/api'], ['an encoded slash', 'HOST/api/..%2ftoken'], ['a header in the path', 'HOST/api/x%0d%0aX-Admin:1'], ['a path that is not allowed', 'HOST/token'],
    ['a method that is not allowed', 'HOST/api/things', 'DELETE'],
  ])('is not made to %s, and nothing leaves (VA-07)', async (_, written, method = 'GET') => {
    await allow(agent.agentId);
    const { hostname, port, host } = new URL(rig.hub.issuer);
    const path = `/connections/service/forward/${written.replace('HOST', new URL(rig.service.issuer).host)}`;
    // As it is written: fetch would tidy it up.
    const status = await new Promise<number>((resolve, reject) => {
      plainRequest({ hostname, port, method, path, headers: { host, authorization: `Bearer ${agent.token}` } }, (answer) => resolve(answer.resume().statusCode!)).on('error', reject).end();
    });
    expect([403, 404]).toContain(status);
    expect(rig.service.calls).toEqual([]);
    if (status === 403) expect(await last('CredentialLendRefused')).toMatchObject({ agentId: agent.agentId, error: 'access_denied', reason: expect.stringMatching(/^connection\.(egress_blocked|route_not_allowed)$/) });
  });

  it('needs the scopes of its route, not only those of the person', async () => {
    await allow(agent.agentId, 'read');
    const { status, body } = await rig.forward(agent.token, '/api/things', { method: 'POST', body: 'x' });
    expect([status, body['code'], rig.service.calls.length]).toEqual([403, 'invalid_scope', 0]);
    expect(await last('CredentialLendRefused')).toMatchObject({ reason: 'scope.none_allowed', scopes: ['write'] });
    await allow(agent.agentId, 'read write');
    expect((await rig.forward(agent.token, '/api/things', { method: 'POST', body: 'x' })).status).toBe(200);
  });

  it('does not follow redirects; one that stays at the service leads through the hub again, and the credential goes nowhere else', async () => {
    await allow(agent.agentId);
    let asked = 0;
    rig.service.api = (_, response) => {
      asked += 1;
      response.writeHead(302, { location: asked === 1 ? `${rig.service.issuer}/api/elsewhere?a=b` : 'https://evil.example/collect' }).end();
    };
    const follow = { redirect: 'manual' as const };
    const host = new URL(rig.service.issuer).host;
    expect((await rig.forward(agent.token, '/api/one', follow)).headers.get('location')).toBe(`${rig.hub.issuer}/connections/service/forward/${host}/api/elsewhere?a=b`);
    expect((await rig.forward(agent.token, '/api/two', follow)).headers.get('location')).toBe('https://evil.example/collect');
    expect(asked).toBe(2);
  });

  it('does not bring the credential back when the service sends it', async () => {
    await allow(agent.agentId);
    rig.service.api = (request, response) => response.setHeader('x-echo', request.headers.authorization!).end(JSON.stringify({ you: request.headers.authorization }));
    const { status, text, headers } = await rig.forward(agent.token, '/api/echo');
    expect([status, headers.get('x-echo'), JSON.parse(text)]).toEqual([502, null, expect.objectContaining({ code: 'service.echoed' })]);
    rig.service.api = (request, response) => {
      const token = request.headers.authorization!.slice(7);
      response.write(`{"you":"${token.slice(0, 20)}`);
      response.end(`${token.slice(20)}"}`);
    };
    const spread = await rig.forward(agent.token, '/api/echo').catch(() => ({ text: '' }));
    expect(spread.text).not.toMatch(/"you":"[\w-]{30}/);
  });

  it('says when the service is away, slow to speak or packs its answers', async () => {
    await allow(agent.agentId);
    rig.service.api = (request) => request.socket.destroy();
    expect(await rig.forward(agent.token, '/api/x')).toMatchObject({ status: 502, body: { code: 'service.unreachable' } });
    rig.service.api = (_, response) => response.setHeader('content-encoding', 'gzip').end('x');
    expect(await rig.forward(agent.token, '/api/x')).toMatchObject({ status: 502, body: { code: 'service.unreadable' } });
  });

  describe('by an agent that may not', () => {
    const told = async (token: string, name = 'service', path = '/api/things') => {
      const { status, body } = await rig.forward(token, path, {}, name);
      const { requestId: _, instance: __, ...rest } = body;
      return { status, ...rest };
    };

    it('is the same as by one that names what nobody defined: the person is asked (VA-01, VA-02)', async () => {
      const [known, unknown] = [await told(agent.token), await told(agent.token, 'nowhere')];
      expect(known).toMatchObject({ status: 403, code: 'interaction_required', connect_url: `${rig.hub.issuer}/connections/service/connect?agent=${agent.agentId}` });
      expect({ ...unknown, connect_url: '' }).toEqual({ ...known, connect_url: '' });
      expect(await told(agent.token, 'service', '/not/allowed')).toEqual(known);
      expect(rig.service.calls).toEqual([]);
    });

    it('uses nobody else\'s grant and nobody else\'s credential', async () => {
      await allow(agent.agentId);
      const other = await rig.agent(ana, 'Other');
      expect(await told(other.token)).toMatchObject({ status: 403, code: 'interaction_required' });
      const ben = { email: `ben-${agent.agentId}@example.com`, name: 'Ben', password: 'another long password' };
      await rig.hub.user(ben);
      const bens = await rig.agent(await rig.ana(ben), 'Ben\'s');
      expect(await told(bens.token)).toMatchObject({ status: 403, code: 'interaction_required' });
      expect(rig.service.calls).toEqual([]);
    });

    it('reaches nothing of another tenant (VA-01)', async () => {
      await allow(agent.agentId);
      const place = await makeTenant(rig.hub, `other-${agent.agentId.slice(4, 10).toLowerCase().replaceAll(/[^a-z0-9]/g, 'x')}`);
      const response = await rig.hub.fetch(`${place.path}/connections/service/forward/${new URL(rig.service.issuer).host}/api/x`, { headers: { authorization: `Bearer ${agent.token}` } });
      expect(response.status).toBe(401);
    });

    it.each<readonly [string, () => Promise<unknown>, number, string]>([
      ['whose grant was revoked', async () => {
        const grant = (await rig.hub.events('GrantGiven')).map(dataOf).find((data) => data['agentId'] === agent.agentId && data['resourceId'] === rig.connectionId)!;
        await rig.hub.do(new RevokeGrant(grant['grantId'] as string, 'r', undefined, rig.hub.context));
      }, 403, 'interaction_required'],
      ['that was suspended', () => rig.hub.do(new ChangeAgent(agent.agentId, { type: 'SuspendAgent', reason: 'r' }, rig.hub.context)), 401, 'invalid_token'],
    ])('ends at once for one %s', async (_, end, status, code) => {
      await allow(agent.agentId);
      expect((await rig.forward(agent.token, '/api/things')).status).toBe(200);
      await end();
      expect(await told(agent.token)).toMatchObject({ status, code });
      expect(rig.service.calls).toHaveLength(1);
    });

    it('ends at once when the connection is suspended, and goes on when it is resumed', async () => {
      await allow(agent.agentId);
      await rig.hub.do(new ChangeConnection(rig.connectionId, { type: 'SuspendConnection', reason: 'r' }, rig.hub.context));
      expect(await told(agent.token)).toMatchObject({ status: 404, code: 'invalid_target' });
      await rig.hub.do(new ChangeConnection(rig.connectionId, { type: 'ResumeConnection' }, rig.hub.context));
      expect(await told(agent.token)).toMatchObject({ status: 200 });
    });

    it('needs a token for this door, with its scope (VA-03)', async () => {
      await rig.hub.resource();
      const response = await rig.hub.fetch('/connections/service/forward/x/y');
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, `Bearer scope="connections:use", resource_metadata="${rig.hub.issuer}/.well-known/oauth-protected-resource/connections"`]);
      expect(await (await rig.hub.fetch('/.well-known/oauth-protected-resource/connections')).json()).toMatchObject({ resource: `${rig.hub.issuer}/connections`, scopes_supported: ['connections:use'] });
      const notes = await rig.hub.service(await rig.hub.resource({ uri: 'https://n.example', kind: 'api', name: 'N', scopes: [{ name: 'notes:read', description: 'R' }], defaultScopes: [], tools: [], tokenLifetime: 300, signingAlgorithm: 'ES256' }), ['notes:read']);
      const { body } = await rig.hub.clientCredentials(notes, { resource: 'https://n.example' });
      expect(await told(body['access_token'] as string)).toMatchObject({ status: 401, code: 'invalid_token' });
    });

    it('is denied by the policy, and told so', async () => {
      await allow(agent.agentId);
      const deny = JSON.stringify({ rules: [{ id: 'all', effect: 'allow' }, { id: 'no-service', effect: 'deny', ...denying(rig.connectionId) }] });
      const { version } = await rig.hub.do(new PublishPolicy(deny, rig.hub.context));
      await rig.hub.do(new ActivatePolicy(version, 'ActivatePolicy', rig.hub.context));
      expect(await told(agent.token)).toMatchObject({ status: 403, code: 'access_denied' });
      expect(await last('CredentialLendRefused')).toMatchObject({ reason: 'policy.denied', policyVersion: version });
      await rig.hub.do(new ActivatePolicy(1, 'RollBackPolicy', rig.hub.context));
      expect(await told(agent.token)).toMatchObject({ status: 200 });
    });
  });

  describe('with a key', () => {
    const KEY = 'canary-api-key-0123456789';
    const give = async (name: string, apiKey: object, given: ConstructorParameters<typeof StoreKey>[2]) => {
      const scopes = [{ name: 'use', description: 'Use it' }];
      const connectionId = await rig.define(name, { oauth: undefined, clientSecret: undefined, apiKey: apiKey as never, heldBy: 'tenant', scopes, defaultScopes: undefined, routes: [{ methods: ['GET', 'POST'], path: '/api/**' }] });
      await rig.hub.do(new StoreKey(connectionId, { kind: 'tenant', id: rig.hub.context.tenant }, given, rig.hub.context));
      return rig.robot(['use'], connectionId);
    };
    const seen = (): Promise<{ url: string; headers: Record<string, unknown> }> => new Promise((resolve) => {
      rig.service.api = (request, response) => {
        resolve({ url: request.url!, headers: request.headers });
        response.end('{}');
      };
    });

    it('puts it into the header that the connection names, in place of what the agent wrote there', async () => {
      const robot = await give('in-header', { placement: 'header', name: 'X-Api-Key', prefix: 'Key ' }, { key: KEY });
      const call = seen();
      await rig.forward(robot.token, '/api/w', { headers: { 'x-api-key': 'mine' } }, 'in-header');
      expect((await call).headers['x-api-key']).toBe(`Key ${KEY}`);
      expect((await call).headers['authorization']).toBeUndefined();
    });

    it('puts it into the query, in place of what the agent wrote there', async () => {
      const robot = await give('in-query', { placement: 'query', name: 'api_key' }, { key: KEY });
      const call = seen();
      await rig.forward(robot.token, '/api/w?a=1&API%5Fkey=mine&b=2', {}, 'in-query');
      expect((await call).url).toBe(`/api/w?a=1&b=2&api_key=${KEY}`);
    });

    it('does not bring it back as it stands in addresses either: where a service leads on it often repeats the query', async () => {
      const robot = await give('in-query-encoded', { placement: 'query', name: 'api_key' }, { key: 'canary+api/key==0123' });
      const both: readonly ((url: string) => string)[] = [(url) => url, (url) => url.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()), decodeURIComponent];
      for (const form of [...both, (url: string) => url.replace('canary', '%63anary')]) {
        rig.service.api = (request, response) => response.writeHead(302, { location: form(request.url!.replace('?', '/?')) }).end('moved');
        expect((await rig.forward(robot.token, '/api/w', { redirect: 'manual' }, 'in-query-encoded')).headers.get('location')).toBeNull();
      }
      for (const form of [...both, (url: string) => decodeURIComponent(url).replaceAll('/', '\\/')]) {
        rig.service.api = (request, response) => response.end(`{"you":"${form(request.url!)}"}`);
        expect((await rig.forward(robot.token, '/api/w', {}, 'in-query-encoded')).body['code']).toBe('service.echoed');
      }
    });

    it('sends user name and password as basic authentication (RFC 7617)', async () => {
      const robot = await give('basic', { placement: 'basic' }, { username: 'hub', password: 'pass word ü' });
      const call = seen();
      await rig.forward(robot.token, '/api/w', {}, 'basic');
      expect((await call).headers['authorization']).toBe(`Basic ${Buffer.from('hub:pass word ü').toString('base64')}`);
    });

    it('is recorded without it', async () => {
      expect(JSON.stringify(await rig.hub.events())).not.toMatch(/canary-api-key|pass word/);
    });
  });

  it('all of it is decided again from the ledger alone, with the same outcome', async () => {
    const whole = await rig.hub.inside.app.get(ReplayDecisions, { strict: false }).page({ tenant: rig.hub.context.tenant, after: '', limit: 100_000 });
    expect(whole).toMatchObject({ mismatches: [], unknown: 0, atEnd: true });
    expect(whole.decisions).toBeGreaterThan(60);
  });
});
const denying = (connectionId: string): object => ({ targets: { connections: [connectionId] } });
