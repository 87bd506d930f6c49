import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { RevokeGrant } from '../../../src/commands/grants/revoke-grant.js';
import { AgentHistory } from '../../../src/projections/agent-history/agent-history.queries.js';
import { obtainCode, redeem, refresh } from '../../support/code-flow.js';
import { ANA, NOTES, PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';
import { type Body, type Place, adminToken, callerWith, makeTenant } from './admin-rig.js';

interface Shown {
  readonly id: string;
  readonly type: string;
  readonly position: string;
  readonly recorded_at: string;
  readonly stream: string;
  readonly data: Body;
}

describe('the history of an agent', () => {
  let hub: TestHub;
  let admin: ReturnType<typeof callerWith>;
  let agentId: string;
  let other: Place;
  const page = async (query = '', id = agentId): Promise<{ items: readonly Shown[]; next: string | null }> =>
    (await admin.get(`/api/agents/${id}/history${query}`)).body as never;
  const types = (items: readonly Shown[]): readonly string[] => items.map(({ type }) => type);

  beforeAll(async () => {
    hub = await startHub();
    other = await makeTenant(hub, 'other');
    admin = callerWith(hub, (await adminToken(hub)).token);
    const resourceId = await hub.resource();
    await hub.user(ANA);
    ({ agentId } = await hub.agent(PUBLIC_CLIENT, 'Notes reader'));
    const obtained = await obtainCode(hub, agentId);
    const { body } = await redeem(hub, agentId, obtained);
    hub.inside.clock.advance(60);
    const rotated = await refresh(hub, agentId, body['refresh_token'] as string);
    await hub.post('/revoke', { client_id: agentId, token: rotated.body['access_token'] as string });
    hub.inside.clock.advance(60);
    await hub.do(new ChangeAgent(agentId, { type: 'SuspendAgent', reason: 'looks odd' }, hub.context));
    await refresh(hub, agentId, rotated.body['refresh_token'] as string);
    const given = (await hub.events('GrantGiven')).map(({ data }) => data as { agentId: string; grantId: string });
    await hub.do(new RevokeGrant(given.find((grant) => grant.agentId === agentId)!.grantId, 'tidying up', undefined, hub.context));
    // Somebody else's, in between.
    await hub.service(resourceId, ['notes:read']);
  });
  afterAll(() => hub.close());

  it('is what happened to it and what it did, in the ledger\'s order', async () => {
    const { items, next } = await page('?limit=200');
    expect(next).toBeNull();
    expect(types(items)).toEqual([
      'AgentRegistered', 'GrantGiven', 'CodeIssued', 'CodeRedeemed', 'TokenIssued', 'RefreshRotated', 'TokenIssued', 'TokenRevoked',
      'AgentSuspended', 'TokenRefused', 'GrantRevoked',
    ]);
    expect(items.map(({ position }) => position)).toEqual(items.map(({ position }) => position).sort());
    expect(items[9]!.data).toMatchObject({ reason: 'agent.suspended', error: 'invalid_grant' });
  });

  it('comes page by page without a gap or a repetition, whatever the size', async () => {
    const whole = types((await page('?limit=200')).items);
    for (const limit of [1, 2, 3, 7]) {
      const seen: Shown[] = [];
      for (let next: string | null = ''; next !== null;) {
        const some: Awaited<ReturnType<typeof page>> = await page(`?limit=${limit}${next === '' ? '' : `&cursor=${next}`}`);
        seen.push(...some.items);
        next = some.next;
      }
      expect([limit, types(seen)]).toEqual([limit, whole]);
    }
  });

  it('is as it stood at a time, and at a place in the ledger', async () => {
    const { items } = await page('?limit=200');
    const revoked = items.find(({ type }) => type === 'TokenRevoked')!;
    const until = ['AgentRegistered', 'GrantGiven', 'CodeIssued', 'CodeRedeemed', 'TokenIssued', 'RefreshRotated', 'TokenIssued', 'TokenRevoked'];
    expect(types((await page(`?limit=200&asOf=${revoked.recorded_at}`)).items)).toEqual(until);
    expect(types((await page(`?limit=200&asOf=${revoked.position}`)).items)).toEqual(until);
    const inBerlin = `${new Date(Date.parse(revoked.recorded_at) + 3_600_000).toISOString().slice(0, 19)}%2B01:00`;
    expect(types((await page(`?limit=200&asOf=${inBerlin}`)).items)).toEqual(until);
  });

  it('has no event twice when a stream that takes any append holds it twice', async () => {
    const { ledger } = hub.inside;
    const doubled = Object.create(ledger, {
      readStream: { value: async (stream: string) => {
        const events = await ledger.readStream(stream);
        return stream.startsWith('activity-') ? [...events, ...events.map((event) => ({ ...event, position: `${event.position}9` }))] : events;
      } },
    }) as typeof ledger;
    const found = await new AgentHistory(doubled).page({ tenant: hub.context.tenant, agentId, after: '', limit: 100 });
    expect(found!.events.map(({ id }) => id)).toEqual((await page('?limit=200')).items.map(({ id }) => id));
  });

  it('shows what was written since the last page, and reads each event of a long stream once to find its place', async () => {
    const { ledger } = hub.inside;
    let asked = 0;
    const counting = Object.create(ledger, {
      readStream: { value: async (...given: Parameters<typeof ledger.readStream>) => {
        const events = await ledger.readStream(...given);
        asked += events.length;
        return events;
      } },
    }) as typeof ledger;
    const histories = new AgentHistory(counting);
    const question = { tenant: hub.context.tenant, agentId, after: '', limit: 100 };
    const before = (await histories.page(question))!.events;
    asked = 0;
    expect((await histories.page({ ...question, limit: 1 }))!.events).toEqual(before.slice(0, 1));
    expect(asked).toBe(1);
    await hub.do(new ChangeAgent(agentId, { type: 'ResumeAgent' }, hub.context));
    await hub.do(new ChangeAgent(agentId, { type: 'SuspendAgent', reason: 'a look' }, hub.context));
    expect(types((await histories.page(question))!.events as never)).toEqual([...types(before as never), 'AgentResumed', 'AgentSuspended']);
  });

  it('shows no secret and no personal data', async () => {
    const { body } = await admin.post('/api/agents', { name: 'With a secret', owner: { kind: 'team', id: 'team_x' } });
    const { items } = await page('', body['agent_id'] as string);
    expect(items[0]!.data['secretDigest']).toEqual({ withheld: true });
    const everything = JSON.stringify((await page('?limit=200')).items);
    for (const secret of [ANA.email, ANA.name, body['client_secret'] as string]) expect(everything).not.toContain(secret);
  });

  it('needs the scope for history, not the one for the directory', async () => {
    const { token } = await adminToken(hub, { scopes: ['directory:read', 'directory:write'] });
    expect(await callerWith(hub, token).get(`/api/agents/${agentId}/history`)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
  });

  it('is nobody else\'s: not of another tenant, and cursors of another agent or tenant do not open', async () => {
    const { body } = await admin.get(`/api/agents/${agentId}/history?limit=2`);
    const next = body['next'] as string;
    const [{ agentId: second }] = [await hub.agent(PUBLIC_CLIENT, 'Second')];
    expect(await admin.get(`/api/agents/${second}/history?cursor=${next}`)).toMatchObject({ status: 400, body: { code: 'cursor.invalid' } });
    expect(await admin.get(`/events?after=${next}`)).toMatchObject({ status: 400, body: { code: 'cursor.invalid' } });
    const { token } = await adminToken(hub, { place: other });
    expect(await callerWith(hub, token).get(`${other.path}/api/agents/${agentId}/history`)).toMatchObject({ status: 404, body: { code: 'agent.unknown' } });
  });

  it.each(['limit=0', 'limit=201', 'limit=', 'limit=1e2', 'limit=1&limit=2', 'asOf=yesterday!', 'asOf=2026-11-24', 'asOf=2026-13-41T00:00:00Z', 'asOf='])('does not guess what %s means', async (query) => {
    expect(await admin.get(`/api/agents/${agentId}/history?${query}`)).toMatchObject({ status: 400, body: { code: 'query.invalid' } });
  });

  it.each(['x', '%00', `${'A'.repeat(2000)}`, `${Buffer.from('0000000000000001').toString('base64url')}.AAAAAAAAAAAAAAAAAAAAAA`])('opens at no cursor that was not given here (%#)', async (cursor) => {
    expect((await admin.get(`/api/agents/${agentId}/history?cursor=${cursor}`)).status).toBe(400);
  });

  it('knows the resource by what was granted', async () => {
    const { items } = await page('?limit=200');
    expect(items.find(({ type }) => type === 'GrantGiven')!.data['scopes']).toEqual(NOTES.scopes.map(({ name }) => name));
    expect(hub.inside.failures).toEqual([]);
  });
});
