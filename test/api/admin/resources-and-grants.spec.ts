import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICE_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';
import { type Body, adminToken, callerWith, makeUser } from './admin-rig.js';

const FILES = {
  uri: 'https://files.example/mcp', kind: 'mcp', name: 'Files', scopes: [{ name: 'files:read', description: 'Read files' }, { name: 'files:write', description: 'Write files' }],
  default_scopes: ['files:read'], tools: [{ name: 'read_file', scopes: ['files:read'] }], token_lifetime: 120,
};

describe('resources and grants through the admin API', () => {
  let hub: TestHub;
  let admin: ReturnType<typeof callerWith>;
  let resourceId: string;
  beforeAll(async () => {
    hub = await startHub();
    admin = callerWith(hub, (await adminToken(hub)).token);
    resourceId = (await admin.post('/api/resources', FILES)).body['resource_id'] as string;
  });
  afterAll(() => hub.close());

  it('a resource is registered once, by its URI', async () => {
    expect((await admin.get(`/api/resources/${resourceId}`)).body).toEqual({
      ...FILES, resource_id: resourceId, status: 'active', signing_algorithm: 'ES256', has_secret: false,
    });
    expect(await admin.post('/api/resources', FILES)).toMatchObject({ status: 409, body: { code: 'resource.exists' } });
  });

  it('a resource\'s scopes and tools change together or not at all', async () => {
    const scopes = [...FILES.scopes, { name: 'files:share', description: 'Share files' }];
    expect((await admin.post(`/api/resources/${resourceId}/scopes`, { scopes, default_scopes: [] })).body).toMatchObject({ scopes, default_scopes: [] });
    const tools = [{ name: 'share', scopes: ['files:share'] }];
    expect((await admin.post(`/api/resources/${resourceId}/tools`, { tools })).body).toMatchObject({ tools });
    expect(await admin.post(`/api/resources/${resourceId}/scopes`, { scopes: FILES.scopes, default_scopes: [] }))
      .toMatchObject({ status: 422, body: { code: 'resource.scope_unknown' } });
  });

  it('a resource server introspects with the secret that was shown once', async () => {
    const { body } = await admin.post(`/api/resources/${resourceId}/secret`);
    const asked = await hub.post('/introspect', { token: 'x' }, basic(body['client_id'] as string, body['client_secret'] as string));
    expect([asked.status, asked.body]).toEqual([200, { active: false }]);
    expect((await admin.get(`/api/resources/${resourceId}`)).body).toMatchObject({ has_secret: true });
  });

  it('a grant lets an agent in, narrowing takes away, revoking ends', async () => {
    const { agentId, clientId, clientSecret } = await hub.agent(SERVICE_CLIENT);
    const given = await admin.post('/api/grants', { agent_id: agentId, resource_id: resourceId, scopes: ['files:read', 'files:write'] });
    expect(given).toMatchObject({ status: 201, body: { agent_id: agentId, principal: { kind: 'agent', id: agentId }, via: 'admin', status: 'active' } });
    expect(given.headers.get('ledger-position')).toBe((await hub.events('GrantGiven')).at(-1)!.position);
    const grant = `/api/grants/${given.body['grant_id'] as string}`;
    const token = async (): Promise<Body> => (await hub.clientCredentials({ clientId, clientSecret: clientSecret! }, { resource: FILES.uri })).body;
    expect(await token()).toMatchObject({ scope: 'files:read files:write' });
    expect((await admin.post(`${grant}/narrow`, { scopes: ['files:read'] })).body).toMatchObject({ scopes: ['files:read'] });
    expect(await admin.post(`${grant}/narrow`, { scopes: ['files:write'] })).toMatchObject({ status: 422 });
    expect(await token()).toMatchObject({ scope: 'files:read' });
    expect((await admin.post(`${grant}/revoke`, { reason: 'done' })).body).toMatchObject({ status: 'revoked' });
    expect(await token()).toMatchObject({ error: 'invalid_grant' });
    expect((await admin.get(grant)).body).toMatchObject({ status: 'revoked' });
  });

  it('a grant ends by itself when its time is over', async () => {
    const { agentId } = await hub.agent(SERVICE_CLIENT);
    const expires_at = hub.inside.clock.seconds() + 10;
    const { body } = await admin.post('/api/grants', { agent_id: agentId, resource_id: resourceId, scopes: ['files:read'], expires_at });
    hub.inside.clock.advance(11);
    expect((await admin.get(`/api/grants/${body['grant_id'] as string}`)).body).toMatchObject({ status: 'expired', expires_at });
  });

  it('a grant is given another end while it holds, and begins anew when it is over; what was issued before stays dead', async () => {
    const { agentId, clientId, clientSecret } = await hub.agent(SERVICE_CLIENT);
    const { clock } = hub.inside;
    const own = basic(clientId, clientSecret!);
    const give = async (change: Body = {}) => (await admin.post('/api/grants', { agent_id: agentId, resource_id: resourceId, scopes: ['files:read'], ...change })).body;
    const token = async () => (await hub.clientCredentials({ clientId, clientSecret: clientSecret! }, { resource: FILES.uri })).body['access_token'] as string | undefined;
    const active = async (text: string) => (await hub.post('/introspect', { token: text }, own)).body['active'];
    const until = clock.seconds() + 10;
    await give({ expires_at: until });
    const first = (await token())!;
    expect(await give({ expires_at: until + 10 })).toMatchObject({ expires_at: until + 10, status: 'active' });
    clock.advance(15);
    expect(await active(first)).toBe(true);
    clock.advance(15);
    expect([await active(first), await token()]).toEqual([false, undefined]);
    expect(await give({ expires_at: null })).toMatchObject({ status: 'active' });
    expect([await active(first), await active((await token())!)]).toEqual([false, true]);
  });

  it('a grant is between agent, person and resource that are there', async () => {
    const { agentId } = await hub.agent(SERVICE_CLIENT);
    const user = await makeUser(hub, []);
    const grant = { agent_id: agentId, resource_id: resourceId, scopes: ['files:read'] };
    const give = async (change: Body) => (await admin.post('/api/grants', { ...grant, ...change }));
    expect(await give({ principal: { kind: 'user', id: user } })).toMatchObject({ status: 201, body: { principal: { kind: 'user', id: user } } });
    expect(await give({ principal: { kind: 'user', id: 'usr_nobody' } })).toMatchObject({ status: 404, body: { code: 'user.unknown' } });
    expect(await give({ agent_id: 'agt_nobody' })).toMatchObject({ status: 404, body: { code: 'agent.unknown' } });
    expect(await give({ resource_id: 'res_nobody' })).toMatchObject({ status: 404, body: { code: 'resource.unknown' } });
    expect(await give({ principal: { kind: 'agent', id: 'agt_other' } })).toMatchObject({ status: 422 });
    expect(await give({ scopes: ['files:burn'] })).toMatchObject({ status: 422, body: { code: 'resource.scope_unknown' } });
    expect(await give({ expires_at: 1 })).toMatchObject({ status: 422 });
  });

  it('a withdrawn resource is there to see and gives no tokens', async () => {
    expect((await admin.post(`/api/resources/${resourceId}/withdraw`, { reason: 'shut down' })).body).toMatchObject({ status: 'withdrawn' });
    expect(await admin.post(`/api/resources/${resourceId}/tools`, { tools: [] })).toMatchObject({ status: 409, body: { code: 'resource.withdrawn' } });
    const { clientId, clientSecret } = await hub.agent(SERVICE_CLIENT);
    expect((await hub.clientCredentials({ clientId, clientSecret: clientSecret! }, { resource: FILES.uri })).body).toMatchObject({ error: 'invalid_target' });
    expect(hub.inside.failures).toEqual([]);
  });
});
