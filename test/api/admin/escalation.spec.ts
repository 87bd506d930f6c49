import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestHub, startHub } from '../../support/hub.js';
import { EVERY_SCOPE, adminApiId, adminToken, agentToken, callerWith, makeUser, userToken } from './admin-rig.js';

const DIRECTORY = ['directory:read', 'directory:write'];

describe('AD-05: a token for a part of the admin API does not become more', () => {
  let hub: TestHub;
  let part: ReturnType<typeof callerWith>;
  let whole: ReturnType<typeof callerWith>;
  beforeAll(async () => {
    hub = await startHub();
    part = callerWith(hub, (await adminToken(hub, { scopes: DIRECTORY })).token);
    whole = callerWith(hub, (await adminToken(hub)).token);
  });
  afterAll(() => hub.close());
  const refused = { status: 403, body: { code: 'admin.escalation' } };

  it('by granting what it does not carry', async () => {
    const { agentId } = await agentToken(hub, { scopes: ['directory:read'] });
    const grant = { agent_id: agentId, resource_id: adminApiId(hub) };
    expect(await part.post('/api/grants', { ...grant, scopes: ['keys:write'] })).toMatchObject(refused);
    expect(await part.post('/api/grants', { ...grant, scopes: ['directory:write'] })).toMatchObject({ status: 201 });
  });

  it('by making an administrator, of somebody new or of somebody there', async () => {
    expect(await part.post('/api/users', { email: 'evil@example.com', name: 'Evil', roles: ['admin'] })).toMatchObject(refused);
    const somebody = await makeUser(hub, []);
    expect(await part.post(`/api/users/${somebody}/roles`, { roles: ['admin'] })).toMatchObject(refused);
    expect(await whole.post(`/api/users/${somebody}/roles`, { roles: ['admin'] })).toMatchObject({ status: 200 });
  });

  it('by taking over an administrator\'s account, or putting administrators out', async () => {
    const boss = await makeUser(hub, ['admin']);
    expect(await part.post(`/api/users/${boss}/password`, { password: 'now it is mine, all mine' })).toMatchObject(refused);
    expect(await part.post(`/api/users/${boss}/disable`, { reason: 'coup' })).toMatchObject(refused);
    expect(await part.post(`/api/users/${boss}/roles`, { roles: [] })).toMatchObject(refused);
    expect(await whole.post(`/api/users/${boss}/disable`, { reason: 'left' })).toMatchObject({ status: 200 });
    expect(await part.post(`/api/users/${boss}/enable`)).toMatchObject(refused);
  });

  it('by taking the secret of an agent that may do more', async () => {
    const strong = await agentToken(hub);
    const weak = await agentToken(hub, { scopes: ['directory:read'] });
    expect(await part.post(`/api/agents/${strong.agentId}/secret`)).toMatchObject(refused);
    expect(await part.post(`/api/agents/${weak.agentId}/secret`)).toMatchObject({ status: 200 });
  });

  it('by giving roles that its user does not have', async () => {
    const helper = callerWith(hub, (await userToken(hub, await makeUser(hub, ['auditor', 'admin']))).token);
    const somebody = await makeUser(hub, []);
    expect(await helper.post(`/api/users/${somebody}/roles`, { roles: ['billing'] })).toMatchObject({ status: 200 });
    const robot = callerWith(hub, (await agentToken(hub, { scopes: DIRECTORY })).token);
    expect(await robot.post(`/api/users/${somebody}/roles`, { roles: ['billing', 'support'] })).toMatchObject(refused);
    expect(await robot.post(`/api/users/${somebody}/roles`, { roles: ['billing'] })).toMatchObject({ status: 200 });
  });

  it('and the admin API itself can\'t be changed through itself', async () => {
    const api = `/api/resources/${adminApiId(hub)}`;
    const protectedOne = { status: 409, body: { code: 'resource.protected' } };
    expect(await whole.post(`${api}/withdraw`, { reason: 'r' })).toMatchObject(protectedOne);
    expect(await whole.post(`${api}/scopes`, { scopes: [{ name: 'x', description: 'X' }], default_scopes: [] })).toMatchObject(protectedOne);
    expect(await whole.post(`${api}/tools`, { tools: [] })).toMatchObject(protectedOne);
    expect(await whole.post(`${api}/secret`)).toMatchObject(protectedOne);
  });

  it('and nobody puts himself out', async () => {
    const { token, userId } = await adminToken(hub);
    const self = { status: 409, body: { code: 'user.self' } };
    expect(await callerWith(hub, token).post(`/api/users/${userId}/disable`, { reason: 'oops' })).toMatchObject(self);
    expect(await callerWith(hub, token).post(`/api/users/${userId}/roles`, { roles: [] })).toMatchObject(self);
  });

  it('and each kind of attempt is in the ledger, once in a minute', async () => {
    const { token, agentId, userId } = await adminToken(hub, { scopes: DIRECTORY });
    const someone = callerWith(hub, token);
    const noted = async () => (await hub.events('ApiCallRefused')).filter(({ data }) => (data as { agentId: string }).agentId === agentId);
    for (let n = 0; n < 3; n += 1) {
      await someone.post('/api/keys/rotate');
      await someone.post('/api/users', { email: 'evil@example.com', name: 'Evil', roles: ['admin'] });
    }
    expect(await noted()).toMatchObject([
      { actor: { kind: 'user', id: userId, act: { kind: 'agent', id: agentId } }, data: { operation: 'rotateSigningKeys', reason: 'insufficient_scope' } },
      { data: { operation: 'registerUser', reason: 'admin.escalation' } },
    ]);
    hub.inside.clock.advance(61);
    await someone.post('/api/keys/rotate');
    expect(await noted()).toHaveLength(3);
  });

  it('while an agent that was given everything may do everything', async () => {
    const operator = callerWith(hub, (await agentToken(hub, { scopes: EVERY_SCOPE })).token);
    expect(await operator.post('/api/users', { email: 'chief@example.com', name: 'Chief', roles: ['admin'] })).toMatchObject({ status: 201 });
    expect(hub.inside.failures).toEqual([]);
  });
});
