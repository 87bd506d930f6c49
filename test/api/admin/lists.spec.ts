import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openReadDatabase } from '../../../src/platform/database/open-read-database.js';
import { ProjectionRunner } from '../../../src/projections/feeding/runner.js';
import { NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, startHub } from '../../support/hub.js';
import { type Answer, type Body, type Place, adminToken, callerWith, makeTenant, makeUser } from './admin-rig.js';

const itemsOf = ({ body }: Answer): readonly Body[] => body['items'] as readonly Body[];

describe('lists of the admin API', () => {
  let hub: TestHub;
  let other: Place;
  let admin: ReturnType<typeof callerWith>;
  let runner: ProjectionRunner;
  const { database } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });

  /** Asks for a list that has seen everything that was written so far; the hub waits for it 2 s at a time. */
  const fresh = async (path: string, as = admin): Promise<Answer> => {
    const position = (await hub.events()).at(-1)!.position;
    for (;;) {
      const answer = await as.get(path, { 'if-ledger-at-least': position });
      if (answer.status !== 503) return answer;
    }
  };

  beforeAll(async () => {
    hub = await startHub({ readDatabase: database });
    other = await makeTenant(hub, 'other');
    admin = callerWith(hub, (await adminToken(hub)).token);
    for (let n = 0; n < 5; n += 1) await hub.agent(n % 2 ? PUBLIC_CLIENT : SERVICE_CLIENT, `Agent ${n}`);
    await makeUser(hub, ['support'], other);
  });
  afterAll(async () => {
    await runner.stop();
    await hub.close();
    await database.close();
  });

  it('say that they are not there yet while their database is not, in time', async () => {
    const position = (await hub.events()).at(-1)!.position;
    const answer = await admin.get('/api/agents', { 'if-ledger-at-least': position });
    expect(answer).toMatchObject({ status: 503, body: { code: 'read_model.behind' } });
    expect(answer.headers.get('retry-after')).toMatch(/^[1-5]$/);
    runner = hub.inside.app.get(ProjectionRunner, { strict: false });
    void database.open();
    runner.start();
  });

  it('show agents page by page, newest first, each once', async () => {
    await fresh('/api/agents');
    const names: unknown[] = [];
    for (let next: string | null = ''; next !== null;) {
      const answer: Answer = await fresh(`/api/agents?limit=2&q=agent%20${next === '' ? '' : `&cursor=${next}`}`);
      names.push(...itemsOf(answer).map(({ name }) => name));
      next = answer.body['next'] as string | null;
    }
    expect(names).toEqual(['Agent 4', 'Agent 3', 'Agent 2', 'Agent 1', 'Agent 0']);
  });

  it('show what one has just changed to whoever asks for at least that', async () => {
    const { agentId } = await hub.agent(SERVICE_CLIENT, 'Changing');
    const { headers } = await admin.post(`/api/agents/${agentId}/suspend`, { reason: 'test' });
    const { body } = await admin.get('/api/agents?status=suspended', { 'if-ledger-at-least': headers.get('ledger-position')! });
    expect(body).toMatchObject({ items: [{ agent_id: agentId, status: 'suspended', owner: { kind: 'team', id: 'team_test' } }], next: null });
  });

  it('are narrowed by owner, and a name\'s wildcards are letters', async () => {
    const { body } = await admin.post('/api/agents', { name: '100%_sure', owner: { kind: 'team', id: 'team_finance' } });
    expect(itemsOf(await fresh('/api/agents?owner=team:team_finance'))).toMatchObject([{ agent_id: body['agent_id'] }]);
    expect(itemsOf(await fresh('/api/agents?q=%25_'))).toMatchObject([{ agent_id: body['agent_id'] }]);
    expect(itemsOf(await fresh(`/api/agents?q=${encodeURIComponent("' OR 1=1 --")}`))).toEqual([]);
    expect((await admin.get('/api/agents?owner=nobody')).status).toBe(400);
  });

  it('take no text that no store takes', async () => {
    for (const path of ['/api/agents?q=%00', '/api/agents?q=a%00b', '/api/users?role=%00', '/api/resources?q=%00'])
      expect([path, await admin.get(path)]).toMatchObject([path, { status: 400, body: { code: 'query.invalid' } }]);
    for (const name of ['NUL \0', 'half \ud800'])
      expect(await admin.post('/api/agents', { name, owner: { kind: 'team', id: 'team_x' } })).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
  });

  it('show grants and activity of an agent, and a grant that was never used in its history', async () => {
    const resourceId = await hub.resource();
    const { agentId, grantId, clientId, clientSecret } = await hub.service(resourceId, ['notes:read']);
    expect(itemsOf(await fresh(`/api/agents/${agentId}/grants`))).toMatchObject([{ grant_id: grantId, status: 'active', since: expect.any(String) as unknown }]);
    expect(itemsOf(await admin.get(`/api/agents/${agentId}/history`)).map(({ type }) => type)).toEqual(['AgentRegistered', 'GrantGiven']);
    await hub.clientCredentials({ clientId, clientSecret }, { resource: NOTES.uri });
    await hub.clientCredentials({ clientId, clientSecret }, { resource: NOTES.uri, scope: 'notes:burn' });
    expect(itemsOf(await fresh(`/api/agents/${agentId}/activity`))).toMatchObject([{ outcome: 'refused', reason: 'scope.none_allowed' }, { outcome: 'issued', scopes: ['notes:read'] }]);
    expect(itemsOf(await fresh(`/api/agents/${agentId}/activity?outcome=issued`))).toHaveLength(1);
    expect(itemsOf(await fresh('/api/agents?q=Service'))).toMatchObject([{ tokens_issued: 1, tokens_refused: 1 }]);
    expect(itemsOf(await fresh(`/api/grants?agent=${agentId}&resource=${resourceId}&principal=agent:${agentId}&status=active`))).toMatchObject([{ grant_id: grantId }]);
    expect(itemsOf(await fresh(`/api/grants?agent=${agentId}&status=revoked`))).toEqual([]);
  });

  it('show resources, and people without their names unless they are asked for', async () => {
    expect(itemsOf(await fresh('/api/resources?q=notes'))).toMatchObject([{ uri: NOTES.uri, status: 'active' }]);
    await makeUser(hub, ['support']);
    const [person] = itemsOf(await fresh('/api/users?role=support'));
    expect(Object.keys(person!).sort()).toEqual(['registered_at', 'roles', 'status', 'user_id']);
    expect(itemsOf(await fresh('/api/users?role=support&reveal=true'))).toMatchObject([{ name: 'Somebody', email: expect.stringContaining('@example.com') as unknown }]);
    const reader = callerWith(hub, (await adminToken(hub, { scopes: ['directory:read'] })).token);
    expect(await fresh('/api/users?reveal=true', reader)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
  });

  it('show every tenant to the deployment and none to a tenant', async () => {
    expect(itemsOf(await fresh('/api/tenants')).map(({ slug }) => slug)).toEqual(['other', 'default']);
    const { token } = await adminToken(hub, { place: other });
    expect((await callerWith(hub, token).get(`${other.path}/api/tenants`)).status).toBe(403);
  });

  it('of one tenant have nothing of another in them, and cursors of another do not open', async () => {
    const stranger = callerWith(hub, (await adminToken(hub, { place: other })).token);
    for (const list of ['agents', 'grants', 'resources', 'users']) {
      const [own, foreign] = [itemsOf(await fresh(`/api/${list}?limit=200`)), itemsOf(await fresh(`${other.path}/api/${list}?limit=200`, stranger))];
      const ids = (items: readonly Body[]) => items.map((item) => item['grant_id'] ?? item['agent_id'] ?? item['resource_id'] ?? item['user_id']);
      expect([list, foreign.length > 0, ids(own).filter((id) => ids(foreign).includes(id))]).toEqual([list, true, []]);
    }
    const { body } = await fresh('/api/agents?limit=1');
    expect(await fresh(`${other.path}/api/agents?cursor=${body['next'] as string}`, stranger)).toMatchObject({ status: 400, body: { code: 'cursor.invalid' } });
    expect(await fresh(`/api/users?cursor=${body['next'] as string}`)).toMatchObject({ status: 400, body: { code: 'cursor.invalid' } });
    expect((await fresh('/api/agents?limit=100000')).status).toBe(400);
    expect(hub.inside.failures).toEqual([]);
  });
});
