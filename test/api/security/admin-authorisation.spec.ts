import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type TestHub, startHub } from '../../support/hub.js';
import { type Answer, adminToken, call, callerWith, endpoints, makeTenant } from '../admin/admin-rig.js';

/** Threats 3.18 (AD). Who may call what is a table of its own: test/api/admin/every-endpoint.spec.ts; escalation: escalation.spec.ts. */
describe('the admin API', () => {
  let hub: TestHub;
  let token: string;
  let agentId: string;
  beforeAll(async () => {
    hub = await startHub();
    ({ token, agentId } = await adminToken(hub));
  });
  afterAll(() => hub.close());

  const noted = async (of = agentId) => (await hub.events('ApiCallRefused')).filter(({ data }) => (data as { agentId: string }).agentId === of).map(({ data }) => data);

  describe('AD-06: a cursor that its list did not give', () => {
    const place = (text: string): string => Buffer.from(text).toString('base64url');
    it.each([
      `${place('0')}.${'A'.repeat(22)}`, place('0'), '.', "' OR 1=1 --", `${place("0' OR tenant <> '")}.AA`, '%00', 'x'.repeat(1024),
    ])('%s is refused and recorded, without what it said', async (cursor) => {
      hub.inside.clock.advance(61);
      const { token: fresh, agentId: who } = await adminToken(hub);
      const answer: Answer = await call(hub, 'GET', `/api/agents?cursor=${encodeURIComponent(cursor)}`, { token: fresh });
      expect(answer).toMatchObject({ status: 400, body: { code: 'cursor.invalid' } });
      expect(await noted(who)).toEqual([{ agentId: who, operation: 'listAgents', reason: 'cursor.invalid' }]);
    });

    it.each(['sort=name', 'order=desc', 'filter=1', 'q=a&q=b', 'status=active%20OR%201', 'owner=team:x%27%20OR%20%271', 'limit=1;DROP'])('and a list takes no %s', async (query) => {
      expect(await call(hub, 'GET', `/api/agents?${query}`, { token: (await adminToken(hub)).token })).toMatchObject({ status: 400 });
    });
  });

  describe('AD-07: no secret stands in an answer that can be asked for again', () => {
    /** Every member of an answer that may hold a text, at whatever depth, with the one that it is of. */
    const membersOf = (schema: unknown, of = ''): readonly string[] => {
      if (Array.isArray(schema)) return schema.flatMap((one) => membersOf(one, of));
      if (typeof schema !== 'object' || schema === null) return [];
      const { properties = {}, ...rest } = schema as { properties?: Record<string, { readonly type?: unknown }> };
      const own = Object.entries(properties).flatMap(([name, member]) => [...(member.type === 'integer' || member.type === 'boolean' ? [] : [of === 'endpoints' ? `${of}.${name}` : name]), ...membersOf(member, name)]);
      return [...own, ...Object.values(rest).flatMap((one) => membersOf(one, of))];
    };
    const SECRET = /secret|password|private|token$|hash|digest|credential$|^(d|p|q|k|key|code)$/;
    /** Of these the caller made the thing, or has reason to see it, at that moment and never again. */
    const ONCE: Readonly<Record<string, readonly string[]>> = {
      registerAgent: ['client_secret'], rotateAgentSecret: ['client_secret'], rotateResourceSecret: ['client_secret'], breakGlass: ['secret'],
      // A row of the vault as it is sealed.
      takeBackup: ['secret'],
    };
    /** Whether there is one, its keyed fingerprint, the digest of a policy, the address where tokens are given: never what a secret is. */
    const ABOUT = /^has_|_fingerprint$|^digest$|^endpoints\.token$/;

    it.each(endpoints.map((one) => [one.name, one] as const))('%s', (name, { answer }) => {
      const members = [...new Set(membersOf(z.toJSONSchema(answer, { io: 'input', unrepresentable: 'any' })))];
      expect(members.filter((member) => SECRET.test(member) && !ABOUT.test(member) && !(ONCE[name] ?? []).includes(member))).toEqual([]);
    });
  });

  it('AD-11: nothing that is only read writes, but for the record of who was shown whom', async () => {
    const reading = endpoints.filter(({ verb }) => verb === 'get');
    const before = (await hub.events()).length;
    for (const { path } of reading) await call(hub, 'GET', `/${path.replaceAll(/:(\w+)/g, (_, name: string) => (name === 'agent_id' ? agentId : 'x'))}`, { token }).catch(() => undefined);
    const written = (await hub.events()).slice(before).map(({ type }) => type);
    expect([reading.length > 15, written]).toEqual([true, []]);
  });

  it('AD-02: an order for another tenant can\'t be written into the body', async () => {
    const beta = await makeTenant(hub, 'beta');
    const admin = callerWith(hub, token);
    for (const member of ['tenant', 'tenant_id', 'tenantId', 'agent_id', 'id', 'created_by'])
      expect(await admin.post('/api/agents', { name: 'x', owner: { kind: 'team', id: 'team_x' }, grant_types: ['client_credentials'], [member]: beta.context.tenant })).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
