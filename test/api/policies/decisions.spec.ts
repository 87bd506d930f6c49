import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { BackTestPolicy } from '../../../src/commands/decisions/back-test-policy.js';
import { ReplayDecisions } from '../../../src/commands/decisions/replay-decisions.js';
import type { RecordedEvent } from '../../../src/domain/kernel/event.js';
import type { Ledger } from '../../../src/domain/ports/ledger.js';
import { CelConditions } from '../../../src/platform/cel-conditions.js';
import { PastUsage } from '../../../src/commands/decisions/past-usage.js';
import { Crypto } from '../../../src/domain/ports/crypto.js';
import { NOTES, type TestHub, startHub } from '../../support/hub.js';
import { type Body, adminToken, callerWith } from '../admin/admin-rig.js';
import { type Paths, preparePaths } from './policy-paths.js';

const allow = { id: 'all', effect: 'allow' };
const adminStays = (hub: TestHub) => ({ id: 'admins', effect: 'allow', targets: { resources: [`${hub.issuer}/api`] } });

describe('recorded decisions', () => {
  let hub: TestHub;
  let admin: ReturnType<typeof callerWith>;
  let paths: Paths;
  let service: Awaited<ReturnType<TestHub['service']>>;
  const ask = async (scope: string) => {
    hub.inside.clock.advance(61);
    return hub.clientCredentials(service, { resource: NOTES.uri, scope });
  };
  beforeAll(async () => {
    hub = await startHub();
    paths = await preparePaths(hub);
    const [resourceId] = (await hub.events('ResourceRegistered')).map(({ data }) => data as { resourceId: string; uri: string }).filter(({ uri }) => uri === NOTES.uri).map(({ resourceId: id }) => id);
    service = await hub.service(resourceId!, ['notes:read', 'notes:write']);
    // A morning of work: each path, refusals of each kind, and policies that came and went.
    for (const go of Object.values(paths.of)) await go();
    await paths.decideBy([allow, { id: 'no-writing', effect: 'deny', targets: { scopes: ['notes:write'] } }]);
    for (const scope of ['notes:read', 'notes:write', 'notes:read notes:write', 'nothing']) await ask(scope);
    await paths.decideBy([allow, { id: 'thrice', effect: 'require_approval', condition: 'history.count_today >= 3' }]);
    for (let n = 0; n < 4; n += 1) await ask('notes:read');
    await hub.do(new ChangeAgent(service.agentId, { type: 'SuspendAgent', reason: 'test' }, hub.context));
    await ask('notes:read');
    await hub.do(new ChangeAgent(service.agentId, { type: 'ResumeAgent' }, hub.context));
    await paths.decideBy([allow]);
    admin = callerWith(hub, (await adminToken(hub)).token);
  }, 60_000);
  afterAll(() => hub.close());

  const replay = async (query = ''): Promise<Body> => (await admin.get(`/api/decisions/replay${query}`)).body;

  it('are decided again from the ledger alone, page by page, without a mismatch', async () => {
    const whole = await replay();
    expect(whole).toMatchObject({ mismatches: [], unknown: 0, next: null });
    let [decisions, pages] = [0, 0];
    for (let cursor = ''; ;) {
      const page = await replay(`?limit=7${cursor}`);
      expect(page['mismatches']).toEqual([]);
      decisions += page['decisions'] as number;
      pages += 1;
      if (page['next'] === null) break;
      cursor = `&cursor=${encodeURIComponent(String(page['next']))}`;
    }
    expect([decisions, pages > 3]).toEqual([whole['decisions'], true]);
    expect(decisions).toBeGreaterThan(12);
  });

  it('are decided again for a part of the time', async () => {
    const times = (await hub.events()).filter(({ data }) => (data as { decision?: object }).decision).map(({ recordedAt }) => recordedAt);
    const [from, to] = [times[3]!, times[6]!];
    const some = await replay(`?from=${from}&to=${to}`);
    expect(some).toMatchObject({ mismatches: [], next: null });
    expect(some['decisions']).toBe(times.filter((time) => time >= from && time <= to).length);
    expect((await admin.get('/api/decisions/replay?from=yesterday')).status).toBe(400);
    expect((await admin.get('/api/decisions/replay?cursor=x.y')).body['code']).toBe('cursor.invalid');
  });

  it('that somebody changed in the ledger are named, with what they should say', async () => {
    const forge = (event: RecordedEvent): RecordedEvent => {
      const data = event.data as Record<string, unknown>;
      if (event.type === 'TokenIssued' && data['agentId'] === service.agentId) return { ...event, data: { ...data, scopes: ['notes:read', 'notes:write'], denied: [] } };
      // Decided a second later nothing would come out otherwise: only the digest of what it was made on tells.
      if (event.type === 'CredentialLent') return { ...event, data: { ...data, decision: { ...(data['decision'] as object), at: Number((data['decision'] as Body)['at']) + 1 } } };
      if (event.type === 'PolicyPublished') return { ...event, data: { ...data, document: String(data['document']).replace('no-writing', 'no-longer') } };
      return event;
    };
    const { ledger, app } = hub.inside;
    const forged = Object.create(ledger, {
      readAll: { value: async (...given: Parameters<Ledger['readAll']>) => {
        const page = await ledger.readAll(...given);
        return { ...page, events: page.events.map(forge) };
      } },
      readStream: { value: async (...given: Parameters<Ledger['readStream']>) => (await ledger.readStream(...given)).map(forge) },
    }) as Ledger;
    const replays = new ReplayDecisions(forged, new PastUsage(forged), new CelConditions(), app.get(Crypto, { strict: false }));
    const { mismatches } = await replays.page({ tenant: hub.context.tenant, after: '', limit: 100_000 });
    expect(mismatches).toContainEqual(expect.objectContaining({ type: 'TokenIssued', agentId: service.agentId, recorded: expect.objectContaining({ scopes: ['notes:read', 'notes:write'] }) }));
    const [digest] = [expect.stringMatching(/^[\w-]{43}$/)];
    expect(mismatches).toContainEqual(expect.objectContaining({ type: 'CredentialLent', recorded: { inputDigest: digest }, decided: { inputDigest: digest } }));
    expect(mismatches).toContainEqual(expect.objectContaining({ type: 'TokenRefused', recorded: { denied: [{ scope: 'notes:write', reason: 'no-writing' }], ruleIds: ['no-writing'] }, decided: { denied: [{ scope: 'notes:write', reason: 'no-longer' }], ruleIds: ['no-longer'] } }));
  });

  it('PO-08: carry the version and the hash of the policy that made them', async () => {
    const published = new Map((await hub.events('PolicyPublished')).map(({ data }) => [(data as { version: number }).version, (data as { digest: string }).digest]));
    for (const { data } of await hub.events('TokenIssued', 'TokenRefused', 'CodeIssued')) {
      const { policyVersion, decision } = data as { policyVersion?: number; decision?: { policyDigest: string; engine: string } };
      if (!decision) continue;
      expect([decision.policyDigest, decision.engine]).toEqual([published.get(policyVersion!), '2+cel-es-0.6.1']);
    }
  });

  it('a token\'s event stays small', async () => {
    const sizes = (await hub.events('TokenIssued')).map(({ data }) => JSON.stringify(data).length);
    expect(Math.max(...sizes)).toBeLessThan(900);
  });

  it('a draft is tried on all of them: newly denied, newly allowed and waiting, by agent, with examples', async () => {
    const document = { rules: [adminStays(hub), allow, { id: 'no-reading', effect: 'deny', agents: { ids: [service.agentId] }, targets: { scopes: ['notes:read'] } }] };
    const { body, status } = await admin.post('/api/policies/back-test', { document });
    expect([status, body['next'], body['unknown']]).toEqual([200, null, 0]);
    const agents = body['agents'] as readonly Body[];
    const mine = agents.find(({ agent_id: id }) => id === service.agentId)!;
    // notes:read three times before it waited for approval, once of them beside a denied notes:write; notes:write was denied twice.
    expect(mine).toMatchObject({ newly_denied: 3, newly_allowed: 2, newly_obliged: 0 });
    expect((mine['examples'] as readonly Body[])[0]).toMatchObject({
      principal: { kind: 'agent', id: service.agentId }, grant_type: 'client_credentials',
      differences: [{ scope: 'notes:read', before: 'allowed', after: 'denied', because: 'no-reading' }],
    });
    expect(agents.filter(({ agent_id: id }) => id !== service.agentId)).toEqual([]);
    expect(body['unchanged']).toBe((body['decisions'] as number) - 7);
  });

  it('a draft that looks at history is tried on what had been issued at the time', async () => {
    const draft = { rules: [allow, { id: 'first', effect: 'require_mfa', agents: { ids: [service.agentId] }, condition: 'history.first_use' }] };
    const { body } = await admin.post('/api/policies/back-test', { document: draft });
    const [mine] = (body['agents'] as readonly Body[]).filter(({ agent_id: id }) => id === service.agentId);
    // The first one alone would have waited; what the approval rule held up and the draft lets pass is newly allowed.
    expect(mine).toMatchObject({ newly_obliged: 1 });
    expect((mine!['examples'] as readonly Body[])[0]).toMatchObject({ differences: [{ scope: 'notes:read', before: 'allowed', after: 'mfa', because: 'first' }] });
  });

  const lent = async () => (await hub.events('CredentialLent')).map(({ data }) => data as Body).at(-1)!;
  const noArchive = { id: 'no-archive', effect: 'deny', targets: { connections: ['archive'] } };

  it('a draft is tried on what was lent of connections, too', async () => {
    const { agentId, connectionId, principal } = await lent();
    const { body } = await admin.post('/api/policies/back-test', { document: { rules: [adminStays(hub), allow, noArchive] } });
    const [mine] = (body['agents'] as readonly Body[]).filter(({ agent_id: id }) => id === agentId);
    expect(mine).toMatchObject({ newly_denied: (await hub.events('CredentialLent')).length, newly_allowed: 0, newly_obliged: 0 });
    expect((mine!['examples'] as readonly Body[])[0]).toMatchObject({ principal, target_id: connectionId, differences: [{ scope: 'notes:read', before: 'allowed', after: 'denied', because: 'no-archive' }] });
  });

  it('a dry run says what would be decided on a resource or a connection, and what each rule says to it', async () => {
    const { agentId, principal, grantType } = await lent();
    const asked = { agent_id: agentId, principal, grant_type: grantType, scopes: ['notes:read', 'unheard'] };
    const run = async (change: object) => admin.post('/api/policies/dry-run', { ...asked, ...change });
    expect((await run({ connection: 'archive' })).body).toMatchObject({ allowed: true, scopes: ['notes:read'], denied: [{ scope: 'unheard', reason: 'connection.scope_unknown' }], rule_ids: ['all'] });
    const { body } = await run({ connection: 'archive', document: { rules: [allow, noArchive] } });
    expect(body).toMatchObject({ allowed: false, reason: 'policy.denied', rules: [{ rule_id: 'all', applies_to: ['notes:read', 'unheard'] }, { rule_id: 'no-archive', effect: 'deny', applies_to: ['notes:read', 'unheard'] }] });
    expect((await run({ resource: NOTES.uri, document: { rules: [allow, noArchive] } })).body).toMatchObject({ allowed: true, rules: [{}, { rule_id: 'no-archive', applies_to: [], because: ['targets.connections'] }] });
    expect((await run({ connection: 'nowhere' })).body).toMatchObject({ allowed: false, reason: 'connection.unknown' });
    for (const target of [{}, { connection: 'archive', resource: NOTES.uri }]) expect((await run(target)).body['code']).toBe('request.invalid');
  });

  it('a shadow decides beside the active policy on loans as on tokens, to no effect, and where they differ is recorded', async () => {
    const { body: published } = await admin.post('/api/policies', { document: { rules: [allow, noArchive] } });
    const version = published['version'] as number;
    expect((await admin.post(`/api/policies/${version}/shadow`)).status).toBe(200);
    expect(await paths.of['loan']!()).toBe('allowed notes:read');
    const { agentId, connectionId } = await lent();
    const told = () => hub.events('ShadowDecisionDiffered');
    expect((await told()).map(({ data }) => data)).toContainEqual(expect.objectContaining({
      agentId, targetId: connectionId, shadowVersion: version, differences: [{ scope: 'notes:read', before: 'allowed', after: 'denied', because: 'no-archive' }],
    }));
    expect((await admin.post(`/api/policies/${version}/unshadow`)).status).toBe(200);
    expect(await replay()).toMatchObject({ mismatches: [] });
  });

  it('a back-test against what decides now changes nothing, and an unreadable draft is refused', async () => {
    const { body } = await admin.post('/api/policies/back-test', { document: { rules: [{ ...allow, condition: 'agent.nme == "x"' }] } });
    expect(body).toMatchObject({ code: 'policy.invalid', detail: expect.stringContaining('rules[0].condition: .nme is not known here') });
    expect((await admin.post('/api/policies/back-test', {})).body['code']).toBe('request.invalid');
    expect((await admin.post('/api/policies/back-test', { version: 99 })).status).toBe(404);
    const tests = hub.inside.app.get(BackTestPolicy, { strict: false });
    expect(tests).toBeDefined();
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
