import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { SERVICE_CLIENT, type TestHub, startHub } from '../../support/hub.js';
import { type Body, adminToken, call, makeTenant } from '../admin/admin-rig.js';
import { Reader } from './reader.js';

describe('the event feed, followed live', () => {
  let hub: TestHub;
  let token: string;
  beforeAll(async () => {
    hub = await startHub();
    ({ token } = await adminToken(hub));
  });
  afterAll(() => hub.close());
  const follow = (query = '', { as = token, headers = {} }: { as?: string; headers?: Record<string, string> } = {}) =>
    Reader.open(hub, `/events${query}`, { authorization: `Bearer ${as}`, ...headers });
  const reasonOf = ({ data }: { readonly data?: string } = {}): unknown => (JSON.parse(data ?? '{}') as Body)['reason'];

  it('is history first, then what happens, with no gap between', async () => {
    const reader = await follow();
    expect([reader.response.statusCode, reader.response.headers['content-type'], reader.response.headers['cache-control']])
      .toEqual([200, 'text/event-stream; charset=utf-8', 'no-store']);
    const before = (await hub.events()).filter(({ tenant }) => tenant === hub.context.tenant);
    for (const { id, type } of before) {
      const frame = await reader.next();
      expect([frame!.event, (JSON.parse(frame!.data!) as Body)['id']]).toEqual([type, id]);
    }
    const { agentId } = await hub.agent(SERVICE_CLIENT, 'Seen live');
    expect(JSON.parse((await reader.next())!.data!)).toMatchObject({ type: 'AgentRegistered', data: { agentId, name: 'Seen live' } });
    reader.close();
  });

  it('resumes after the last event that the reader has seen', async () => {
    const first = await follow();
    const [one, two, three] = [await first.next(), await first.next(), await first.next()];
    first.close();
    const second = await follow('?after=now', { headers: { 'last-event-id': two!.id! } });
    expect((await second.next())!.id).toBe(three!.id);
    second.close();
    const { body } = await call(hub, 'GET', `/events?limit=1&after=${one!.id}`, { token });
    expect(body['next']).toBe(two!.id);
    expect((await follow('', { headers: { 'last-event-id': 'made-up' } })).response.statusCode).toBe(400);
  });

  it('says nothing that could pass for a line of its own', async () => {
    const reader = await follow('?after=now');
    const { agentId } = await hub.agent(SERVICE_CLIENT, 'x\n\nevent: AgentRetired\ndata: {}\r\rid: 1');
    await hub.do(new ChangeAgent(agentId, { type: 'SuspendAgent', reason: 'a\n\ndata: b\u2028c' }, hub.context));
    expect(await reader.typesUntil('AgentSuspended')).toEqual(['AgentRegistered', 'AgentSuspended']);
    reader.close();
  });

  it('shows nothing of other tenants while they are busy', async () => {
    const reader = await follow('?after=now');
    const other = await makeTenant(hub, 'busy');
    await adminToken(hub, { place: other });
    await hub.agent(SERVICE_CLIENT, 'Own');
    expect(await reader.typesUntil('AgentRegistered')).toEqual(['AgentRegistered']);
    reader.close();
  });

  it('ends when the reader\'s agent is suspended, before anything that came later', async () => {
    const one = await adminToken(hub);
    const reader = await follow('?after=now', { as: one.token });
    await hub.do(new ChangeAgent(one.agentId, { type: 'SuspendAgent', reason: 'stop' }, hub.context));
    await hub.agent(SERVICE_CLIENT, 'Too late');
    const last = await reader.next();
    expect([last!.event, reasonOf(last)]).toEqual(['end', 'token.ended']);
    expect(await reader.next()).toBeUndefined();
  });

  it('ends when the person loses the role', async () => {
    const one = await adminToken(hub);
    const reader = await follow('?after=now', { as: one.token });
    await hub.do(new ChangeUser(one.userId, { type: 'ChangeRoles', roles: [] }, hub.context));
    expect((await reader.next())!.event).toBe('end');
    expect(await reader.next()).toBeUndefined();
  });

  it('ends with the token, also while nothing happens', async () => {
    const reader = await follow('?after=now');
    hub.inside.clock.advance(700);
    expect(reasonOf(await reader.next())).toBe('token.ended');
    expect(await reader.next()).toBeUndefined();
    ({ token } = await adminToken(hub));
  });

  it('tells a quiet reader every 15 seconds that it is still there', async () => {
    jest.useFakeTimers({ doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] });
    try {
      const reader = await follow('?after=now');
      jest.advanceTimersByTime(15_000);
      expect(await reader.next({ comments: true })).toEqual({ comment: 'still here' });
      reader.close();
    } finally {
      jest.useRealTimers();
    }
  });

  it('is for at most 50 readers of a tenant, and a place that is left is free', async () => {
    const readers = await Promise.all(Array.from({ length: 50 }, () => follow('?after=now')));
    expect(readers.map(({ response }) => response.statusCode)).toEqual(Array.from({ length: 50 }, () => 200));
    const crowded = await follow('?after=now');
    expect([crowded.response.statusCode, crowded.response.headers['retry-after']]).toEqual([429, '10']);
    for (const reader of readers) reader.close();
    for (let status = 429; status !== 200;) {
      const reader = await follow('?after=now');
      status = reader.response.statusCode!;
      reader.close();
    }
  });

  it('needs the scope, and answers errors as the rest of the API does', async () => {
    const { token: other } = await adminToken(hub, { scopes: ['directory:read'] });
    const reader = await follow('', { as: other });
    expect([reader.response.statusCode, reader.response.headers['content-type']]).toEqual([403, 'application/problem+json; charset=utf-8']);
  });

  it('does not keep the hub from stopping', async () => {
    const second = await startHub();
    const { token: own } = await adminToken(second);
    const reader = await Reader.open(second, '/events?after=now', { authorization: `Bearer ${own}` });
    const closed = second.close();
    expect(reasonOf(await reader.next())).toBe('hub.stopping');
    await closed;
    expect([...second.inside.failures, ...hub.inside.failures]).toEqual([]);
  });
});
