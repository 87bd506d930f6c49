import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestHub, SERVICE_CLIENT, startHub } from '../../support/hub.js';
import { type Body, type Place, adminToken, callerWith, makeTenant } from '../admin/admin-rig.js';

interface Page {
  readonly items: readonly (Body & { readonly type: string; readonly id: string })[];
  readonly next: string;
  readonly atEnd: boolean;
}

describe('the event feed', () => {
  let hub: TestHub;
  let other: Place;
  let reader: ReturnType<typeof callerWith>;
  const page = async (query = ''): Promise<Page> => (await reader.get(`/events${query}`)).body as never;
  const all = async (limit: number): Promise<Page['items']> => {
    const items: Page['items'][number][] = [];
    for (let after = ''; ;) {
      const { items: some, next, atEnd } = await page(`?limit=${limit}${after === '' ? '' : `&after=${after}`}`);
      items.push(...some);
      if (atEnd) return items;
      after = next;
    }
  };

  beforeAll(async () => {
    hub = await startHub();
    other = await makeTenant(hub, 'other');
    reader = callerWith(hub, (await adminToken(hub, { scopes: ['history:read'] })).token);
    for (let n = 0; n < 7; n += 1) {
      await hub.agent(SERVICE_CLIENT, `Agent ${n}`);
      await adminToken(hub, { place: other });
    }
  });
  afterAll(() => hub.close());

  it('is every event of the tenant, once, in the ledger\'s order, whatever the size of the page', async () => {
    const own = (await hub.events()).filter(({ tenant }) => tenant === hub.context.tenant).map(({ id }) => id);
    for (const limit of [1, 5, 200]) expect([limit, (await all(limit)).map(({ id }) => id)]).toEqual([limit, own]);
  });

  it('goes on where it ended when more has happened', async () => {
    const { next, atEnd } = await page('?limit=200');
    expect(atEnd).toBe(true);
    expect(await page(`?after=${next}`)).toMatchObject({ items: [], atEnd: true });
    const { agentId } = await hub.agent(SERVICE_CLIENT, 'Late');
    expect((await page(`?after=${next}`)).items).toMatchObject([{ type: 'AgentRegistered', data: { agentId } }]);
  });

  it('begins with what is still to come when asked to', async () => {
    const { items, next } = await page('?after=now');
    expect(items).toEqual([]);
    await hub.agent(SERVICE_CLIENT);
    expect((await page(`?after=${next}`)).items).toHaveLength(1);
  });

  it('knows nothing of the deployment and of other tenants', async () => {
    const foreign = (await hub.events()).filter(({ tenant }) => tenant !== hub.context.tenant);
    expect([...new Set(foreign.map(({ tenant }) => tenant))]).toEqual(expect.arrayContaining(['deployment', other.context.tenant]));
    const shown = await all(200);
    expect(shown.filter(({ id }) => foreign.some((event) => event.id === id))).toEqual([]);
    expect(JSON.stringify(shown)).not.toContain(other.context.tenant);
  });

  it('does not open at a cursor of another tenant', async () => {
    const { token } = await adminToken(hub, { place: other });
    const { body } = await callerWith(hub, token).get(`${other.path}/events?limit=1`);
    expect(await reader.get(`/events?after=${body['next'] as string}`)).toMatchObject({ status: 400, body: { code: 'cursor.invalid' } });
    expect((await callerWith(hub, token).get(`${other.path}/events?after=${body['next'] as string}`)).status).toBe(200);
  });

  it('keeps what is personal sealed, and digests of secrets to itself', async () => {
    const items = await all(200);
    expect(items.find(({ type }) => type === 'UserRegistered')!['data']).toMatchObject({ email: { sealed: true }, name: { sealed: true } });
    expect(items.find(({ type }) => type === 'AgentRegistered' )!['data']).not.toHaveProperty('clientSecret');
    expect(items.filter(({ type, data }) => type === 'AgentRegistered' && 'secretDigest' in (data as object)).map(({ data }) => (data as Body)['secretDigest']))
      .toEqual(expect.arrayContaining([{ withheld: true }]));
    expect(JSON.stringify(items)).not.toMatch(/"secretDigest":"|"sessionDigest":"/);
  });

  it('lets a quiet tenant\'s reader get through a busy neighbourhood page by page', async () => {
    const { token } = await adminToken(hub, { place: other });
    const own = (await hub.events()).filter(({ tenant }) => tenant === other.context.tenant).length;
    let seen = 0;
    for (let after = '', atEnd = false; !atEnd;) {
      const { body } = await callerWith(hub, token).get(`${other.path}/events?limit=3${after === '' ? '' : `&after=${after}`}`);
      seen += (body['items'] as readonly unknown[]).length;
      [after, atEnd] = [body['next'] as string, body['atEnd'] as boolean];
    }
    expect(seen).toBe(own);
    expect(hub.inside.failures).toEqual([]);
  });
});
