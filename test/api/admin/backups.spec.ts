import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { OperatorAgent } from '../../../src/commands/agents/operator-agent.js';
import { ChangeResource } from '../../../src/commands/resources/change-resource.js';
import { TakeBackup } from '../../../src/commands/deployment/take-backup.js';
import { Write } from '../../../src/commands/write.js';
import { agentEvents } from '../../../src/domain/agent/agent.events.js';
import { type TestHub, startHub } from '../../support/hub.js';
import { EVERY_SCOPE, adminApiId, adminToken, call, makeTenant } from './admin-rig.js';

const MANY = 6_000;

describe('the API of backups', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
    // More than fits into the sockets between two processes.
    const write = hub.inside.app.get(Write, { strict: false });
    const reason = 'x'.repeat(500);
    for (let n = 0; n < MANY; n += 100)
      await Promise.all(Array.from({ length: 100 }, () => write.record('activity-agt_x', agentEvents.AgentSuspended({ agentId: 'agt_x', reason }), hub.context)));
  });
  afterAll(() => hub.close());

  const take = (token: string): Promise<Response> =>
    hub.fetch('/api/backups', { method: 'POST', body: '{}', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } });

  it('answers lines of JSON that end with what they hold, and records both ends', async () => {
    const { token } = await adminToken(hub);
    const answer = await take(token);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([200, 'application/x-ndjson', 'no-store']);
    const lines = (await answer.text()).trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    const { events } = lines.at(-1)!['end'] as { events: number };
    expect(events).toBe(lines.filter((line) => 'event' in line).length);
    expect(events).toBeGreaterThan(MANY);
    expect((await hub.events('BackupStarted', 'BackupTaken')).map(({ type, actor }) => [type, actor.kind])).toEqual([['BackupStarted', 'user'], ['BackupTaken', 'user']]);
  });

  it('gives whoever is suspended in the middle of it no more, and records no backup as taken', async () => {
    const { token, agentId } = await adminToken(hub);
    const reader = (await take(token)).body!.getReader();
    expect((await reader.read()).done).toBe(false);
    await hub.do(new ChangeAgent(agentId, { type: 'SuspendAgent', reason: 'caught in the act' }, hub.context));
    hub.inside.clock.advance(2);
    const drained = (async () => {
      while (!(await reader.read()).done);
    })();
    await expect(drained).rejects.toThrow(/terminated/);
    expect((await hub.events('BackupStarted', 'BackupTaken')).at(-1)!.type).toBe('BackupStarted');
  });

  it('gives one at a time; who goes away without reading lets the next one begin', async () => {
    const { token } = await adminToken(hub);
    const { lines } = await hub.do(new TakeBackup({ withMasterKey: false }, hub.context));
    const refused = await take(token);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([409, 'backup.running']);
    await lines.return(undefined);
    const left = await take(token);
    await left.body!.cancel();
    let next = await take(token);
    // That the other end is closed is known a moment later.
    while (next.status === 409) next = await take(token);
    expect((await next.text()).trimEnd().endsWith('}}')).toBe(true);
  });

  it('is closed to the administrators of other tenants, whatever they hold there', async () => {
    const other = await makeTenant(hub, 'other');
    const { token } = await adminToken(hub, { place: other });
    expect(await call(hub, 'POST', `${other.path}/api/backups`, { token, body: {} })).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
  });

  it('is open to the operator of a hub whose ledger an earlier version began', async () => {
    const operator = hub.inside.app.get(OperatorAgent, { strict: false });
    const credentials = await operator.ensure(undefined, hub.issuer, hub.context);
    const scopes = EVERY_SCOPE.filter((name) => name !== 'deployment:backup').map((name) => ({ name, description: name }));
    await hub.do(new ChangeResource(adminApiId(hub), { type: 'ChangeScopes', scopes, defaultScopes: [] }, hub.context));
    const tokenFor = () => hub.clientCredentials(credentials, { resource: `${hub.issuer}/api`, scope: 'deployment:backup' });
    expect((await tokenFor()).body['error']).toBe('invalid_scope');
    expect(await operator.ensure(credentials, hub.issuer, hub.context)).toEqual(credentials);
    expect((await tokenFor()).body['scope']).toBe('deployment:backup');
    const before = (await hub.events()).length;
    await operator.ensure(credentials, hub.issuer, hub.context);
    expect((await hub.events()).length).toBe(before);
    expect(hub.inside.failures).toEqual([]);
  });
});
