import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestHub, basic, startHub } from '../../support/hub.js';
import { type Body, adminToken, anAgent, callerWith } from './admin-rig.js';

describe('agents through the admin API', () => {
  let hub: TestHub;
  let admin: ReturnType<typeof callerWith>;
  let caller: { agentId: string; userId: string };
  beforeAll(async () => {
    hub = await startHub();
    const { token, ...who } = await adminToken(hub);
    admin = callerWith(hub, token);
    caller = who;
  });
  afterAll(() => hub.close());

  const register = async (change: Body = {}): Promise<Body> => {
    const { status, body } = await admin.post('/api/agents', { ...anAgent, ...change });
    expect({ status, body }).toMatchObject({ status: 201 });
    return body;
  };

  it('are registered with a secret that is shown once and works', async () => {
    const { agent_id, client_id, client_secret } = (await register()) as Record<string, string>;
    const { body } = await admin.get(`/api/agents/${agent_id}`);
    expect(body).toEqual({
      agent_id, client_id, name: 'Invoice reader', status: 'active', owner: { kind: 'team', id: 'team_finance' }, registered_by: 'admin', tags: [],
      redirect_uris: [], grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_basic', application_type: 'web',
    });
    // Known and authenticated; what it lacks is a grant.
    const answer = await hub.post('/token', { grant_type: 'client_credentials', resource: `${hub.issuer}/api` }, basic(client_id!, client_secret!));
    expect(answer.body).toMatchObject({ error: 'invalid_grant' });
  });

  it('stand in the ledger with the person and the agent that acted for the person', async () => {
    const { agent_id } = await register();
    const event = (await hub.events('AgentRegistered')).find(({ data }) => (data as Body)['agentId'] === agent_id)!;
    expect(event.actor).toEqual({ kind: 'user', id: caller.userId, act: { kind: 'agent', id: caller.agentId } });
    expect(event.correlationId).toMatch(/^req_/);
  });

  it('get the code grant by default when they have a place to send people back to, else power of their own', async () => {
    const { grant_types: web } = await register({ grant_types: undefined, redirect_uris: ['https://app.example/cb'] });
    const { grant_types: own } = await register({ grant_types: undefined });
    expect([web, own]).toEqual([['authorization_code', 'refresh_token'], ['client_credentials']]);
  });

  it('are suspended, resumed and retired, each with the place of the change in the ledger', async () => {
    const { agent_id } = await register();
    const suspended = await admin.post(`/api/agents/${agent_id}/suspend`, { reason: 'prompt injection' });
    expect(suspended.body).toMatchObject({ status: 'suspended' });
    const [event] = (await hub.events('AgentSuspended')).slice(-1);
    expect(suspended.headers.get('ledger-position')).toBe(event!.position);
    expect(event!.data).toEqual({ agentId: agent_id, reason: 'prompt injection' });
    expect((await admin.post(`/api/agents/${agent_id}/resume`)).body).toMatchObject({ status: 'active' });
    expect((await admin.post(`/api/agents/${agent_id}/retire`, { reason: 'replaced' })).body).toMatchObject({ status: 'retired' });
    expect(await admin.post(`/api/agents/${agent_id}/resume`)).toMatchObject({ status: 409, body: { code: 'agent.retired' } });
  });

  it('count as expired when nobody renewed the lease, before any sweep has seen it', async () => {
    const until = hub.inside.clock.seconds() + 60;
    const { agent_id, status } = await register({ lease_until: until });
    expect(status).toBe('active');
    hub.inside.clock.advance(61);
    expect((await admin.get(`/api/agents/${agent_id}`)).body).toMatchObject({ status: 'expired' });
    const renewed = await admin.post(`/api/agents/${agent_id}/lease`, { lease_until: until + 3600 });
    expect(renewed.body).toMatchObject({ status: 'active', lease_until: until + 3600 });
    expect(await admin.post(`/api/agents/${agent_id}/lease`, { lease_until: until })).toMatchObject({ status: 422 });
  });

  it('change hands only to people that are there', async () => {
    const { agent_id } = await register();
    const moved = await admin.post(`/api/agents/${agent_id}/owner`, { owner: { kind: 'user', id: caller.userId } });
    expect(moved.body).toMatchObject({ owner: { kind: 'user', id: caller.userId } });
    const nobody = { owner: { kind: 'user', id: 'usr_nobody' } };
    expect(await admin.post(`/api/agents/${agent_id}/owner`, nobody)).toMatchObject({ status: 404, body: { code: 'user.unknown' } });
    expect(await admin.post('/api/agents', { ...anAgent, ...nobody })).toMatchObject({ status: 404, body: { code: 'user.unknown' } });
  });

  it('get a new secret, and the old one works until the overlap ends', async () => {
    const { agent_id, client_id, client_secret: old } = (await register()) as Record<string, string>;
    const { body } = await admin.post(`/api/agents/${agent_id}/secret`, { overlap: 100 });
    const holds = async (secret: string): Promise<boolean> =>
      (await hub.post('/token', { grant_type: 'client_credentials', resource: `${hub.issuer}/api` }, basic(client_id!, secret))).body['error'] !== 'invalid_client';
    expect([await holds(old!), await holds(body['client_secret'] as string)]).toEqual([true, true]);
    hub.inside.clock.advance(101);
    expect([await holds(old!), await holds(body['client_secret'] as string)]).toEqual([false, true]);
  });

  it('without a secret get none', async () => {
    const { agent_id, client_secret } = await register({ grant_types: ['authorization_code'], redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'none' });
    expect(client_secret).toBeUndefined();
    expect(await admin.post(`/api/agents/${agent_id}/secret`)).toMatchObject({ status: 409, body: { code: 'agent.no_secret' } });
  });

  it.each([
    ['power of its own without credentials', { token_endpoint_auth_method: 'none' }, 'agent.metadata_invalid'],
    ['a grant type that nobody knows', { grant_types: ['password'] }, 'request.invalid'],
    ['the code grant without a place to go', { grant_types: ['authorization_code'] }, 'agent.redirect_uri_invalid'],
    ['a dangerous redirect', { redirect_uris: ['javascript:alert(1)'] }, 'agent.redirect_uri_invalid'],
    ['a private key for all to see', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'EC', d: 'x' }] } }, 'agent.metadata_invalid'],
    ['a lease in the past', { lease_until: 1 }, 'request.invalid'],
    ['no owner', { owner: undefined }, 'request.invalid'],
    ['a name of nothing', { name: '  ' }, 'request.invalid'],
  ])('are refused with %s', async (_, change, code) => {
    const before = (await hub.events('AgentRegistered')).length;
    expect(await admin.post('/api/agents', { ...anAgent, ...change })).toMatchObject({ status: 422, body: { code } });
    expect((await hub.events('AgentRegistered')).length).toBe(before);
  });

  it('never make the hub fail', () => {
    expect(hub.inside.failures).toEqual([]);
  });
});
