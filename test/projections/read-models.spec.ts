import { describe, expect, it } from '@jest/globals';
import { activityEvents } from '../../src/domain/activity/activity.events.js';
import { agentEvents } from '../../src/domain/agent/agent.events.js';
import { grantEvents } from '../../src/domain/grant/grant.events.js';
import { trustEvents } from '../../src/domain/trust/trust.events.js';
import { streams } from '../../src/domain/kernel/ids.js';
import { resourceEvents } from '../../src/domain/resource/resource.events.js';
import { tenantEvents } from '../../src/domain/tenant/tenant.events.js';
import { userEvents } from '../../src/domain/user/user.events.js';
import { ActiveGrants } from '../../src/projections/active-grants/active-grants.queries.js';
import { Activity } from '../../src/projections/activity/activity.queries.js';
import { AgentDirectory } from '../../src/projections/agent-directory/agent-directory.queries.js';
import { Resources } from '../../src/projections/resources/resources.queries.js';
import { Tenants } from '../../src/projections/tenants/tenants.queries.js';
import { tableName } from '../../src/projections/projection.js';
import { users, usersTable } from '../../src/projections/users/users.projection.js';
import { Users } from '../../src/projections/users/users.queries.js';
import type { ProjectionRunner } from '../../src/projections/feeding/runner.js';
import { type Fact, OTHER, TENANT, given, issued, record, refused, registered, renamed, suspended, voided } from './facts.js';
import { type Place, type Rig, before, databases } from './rig.js';

const AT = '2026-11-24T12:00:00.000Z';

for (const { name, url, skipped } of databases) {
  const suite = skipped ? describe.skip : describe;
  suite(`read models on ${name}${skipped ? ` (${skipped})` : ''}`, () => {
    let place: Place;
    let rig: Rig;
    let runner: ProjectionRunner;

    /** The facts are recorded, and every read model has them. */
    const after = async (facts: readonly Fact[], others: readonly Fact[] = []): Promise<readonly string[]> => {
      const ids = await record(rig.ledger, facts);
      await record(rig.ledger, others, OTHER);
      runner = rig.start();
      await rig.settled(runner);
      return ids;
    };

    const agentNamed = async (id: string, tenant = TENANT) => (await new AgentDirectory(rig.models, rig.clock).list(tenant)).items.find(({ agentId }) => agentId === id);
    const grantNamed = async (id: string) => (await new ActiveGrants(rig.models, rig.clock).list(TENANT)).items.find(({ grantId }) => grantId === id);

    before(url, (thePlace, theRig) => ([place, rig] = [thePlace, theRig]));

    it('the directory shows who an agent is, who answers for it and how much it is used', async () => {
      await after([registered('agt_1'), issued('agt_1', 'tok_1'), issued('agt_1', 'tok_2'), refused('agt_1'), voided('agt_1', 'tok_2')]);
      expect(await agentNamed('agt_1')).toEqual({
        agentId: 'agt_1', clientId: 'agt_1', name: 'Scribe', owner: { kind: 'user', id: 'usr_ana' }, method: 'admin', status: 'active', authMethod: 'none',
        grantTypes: ['authorization_code', 'refresh_token'], redirectHosts: ['app.example', '127.0.0.1', 'com.example.app:'], clientUri: 'https://app.example',
        registeredAt: AT, lastUsedAt: AT, tokensIssued: 1, tokensRefused: 2,
      });
    });

    it('an agent goes through its life in the directory', async () => {
      const directory = new AgentDirectory(rig.models, rig.clock);
      const leaseUntil = rig.clock.seconds() + 60;
      await after([
        registered('agt_suspended'), suspended('agt_suspended'),
        registered('agt_back'), suspended('agt_back'), { stream: streams.agent('agt_back'), event: agentEvents.AgentResumed({ agentId: 'agt_back' }) },
        registered('agt_renamed'), renamed('agt_renamed', 'Clerk'),
        registered('agt_claimed'), { stream: streams.agent('agt_claimed'), event: agentEvents.AgentOwnerChanged({ agentId: 'agt_claimed', owner: { kind: 'team', id: 'team_ops' } }) },
        registered('agt_gone'), { stream: streams.agent('agt_gone'), event: agentEvents.AgentRetired({ agentId: 'agt_gone', reason: 'replaced' }) },
        registered('agt_leased', 'Leased', { leaseUntil }),
      ]);
      const status = async (id: string) => (await agentNamed(id))!.status;
      expect(await status('agt_suspended')).toBe('suspended');
      expect(await status('agt_back')).toBe('active');
      expect(await status('agt_gone')).toBe('retired');
      expect(await agentNamed('agt_renamed')).toMatchObject({ name: 'Clerk', redirectHosts: ['new.example'] });
      expect(await agentNamed('agt_claimed')).toMatchObject({ owner: { kind: 'team', id: 'team_ops' } });
      expect(await status('agt_leased')).toBe('active');
      rig.clock.advance(60);
      expect(await status('agt_leased')).toBe('expired');
      expect((await directory.list(TENANT, { status: 'expired' })).items.map(({ agentId }) => agentId)).toEqual(['agt_leased']);
      expect((await directory.list(TENANT, { owner: { kind: 'team', id: 'team_ops' } })).items.map(({ agentId }) => agentId)).toEqual(['agt_claimed']);
    });

    it('a search finds part of a name in any case, and its wildcards mean themselves', async () => {
      await after([registered('agt_1', 'Night Scribe'), registered('agt_2', '100% Clerk'), registered('agt_3', '100 Clerk')]);
      const search = async (text: string) => (await new AgentDirectory(rig.models, rig.clock).list(TENANT, { search: text })).items.map(({ agentId }) => agentId);
      expect(await search('scribe')).toEqual(['agt_1']);
      expect(await search('100%')).toEqual(['agt_2']);
      expect(await search('_')).toEqual(['agt_3', 'agt_2', 'agt_1']);
    });

    it('a grant is given, narrowed, used, revoked, and begins anew with a new epoch', async () => {
      const grants = new ActiveGrants(rig.models, rig.clock);
      const on = (event: ReturnType<(typeof grantEvents)[keyof typeof grantEvents]>): Fact => ({ stream: streams.grant('gnt_1'), event });
      await after([given('gnt_1', 'agt_1'), on(grantEvents.GrantNarrowed({ grantId: 'gnt_1', scopes: ['read'] })), issued('agt_1', 'tok_1')]);
      const alive = {
        grantId: 'gnt_1', agentId: 'agt_1', principal: { kind: 'user', id: 'usr_ana' }, resourceId: 'res_notes', scopes: ['read'], epoch: 0, via: 'consent', since: AT,
      };
      expect(await grantNamed('gnt_1')).toEqual({ ...alive, status: 'active', lastUsedAt: AT });
      await record(rig.ledger, [on(grantEvents.GrantRevoked({ grantId: 'gnt_1', reason: 'by its owner' }))]);
      await rig.settled(runner);
      expect(await grantNamed('gnt_1')).toEqual({ ...alive, status: 'revoked', revokedReason: 'by its owner', lastUsedAt: AT });
      const expiresAt = rig.clock.seconds() + 60;
      await record(rig.ledger, [given('gnt_1', 'agt_1', { epoch: 1, expiresAt })]);
      await rig.settled(runner);
      expect(await grantNamed('gnt_1')).toEqual({ ...alive, scopes: ['read', 'write'], epoch: 1, status: 'active', expiresAt });
      rig.clock.advance(60);
      expect(await grantNamed('gnt_1')).toMatchObject({ status: 'expired' });
      expect((await grants.list(TENANT, { status: 'active' })).items).toEqual([]);
    });

    it('a grant on another issuer\'s word is over when the trust rule is, removed or by its time; what was given otherwise too is not', async () => {
      const grants = new ActiveGrants(rig.models, rig.clock);
      const on = (grantId: string, scopes: readonly string[], trustRuleId?: string): Fact =>
        ({ stream: streams.grant(grantId), event: grantEvents.GrantBasisChanged({ grantId, scopes, ...(trustRuleId === undefined ? {} : { trustRuleId }) }) });
      const rule = (ruleId: string, more: object = {}): Fact => ({
        stream: streams.trust(TENANT),
        event: trustEvents.TrustRuleAdded({ ruleId, name: ruleId, purpose: 'users', platform: 'id-jag', issuer: 'https://idp.example', audience: 'https://hub.example', keys: { source: 'discovery' }, claims: [], singleUse: true, ...more }),
      });
      await after([
        rule('trs_gone'), rule('trs_short', { expiresAt: rig.clock.seconds() + 60 }), given('gnt_1', 'agt_1'), on('gnt_1', ['read', 'write'], 'trs_gone'),
        given('gnt_2', 'agt_1'), on('gnt_2', ['read', 'write'], 'trs_gone'), on('gnt_2', ['read']), given('gnt_3', 'agt_1'), on('gnt_3', ['read', 'write'], 'trs_short'),
        { stream: streams.trust(TENANT), event: trustEvents.TrustRuleRemoved({ ruleId: 'trs_gone', reason: 'test' }) },
      ]);
      const own = (ruleId: string, ...scopes: readonly string[]) => scopes.map((scope) => ({ scope, ruleId }));
      expect(await grantNamed('gnt_1')).toMatchObject({ status: 'revoked', revokedReason: 'grant.trust_ended', restsOn: own('trs_gone', 'read', 'write') });
      expect(await grantNamed('gnt_2')).toMatchObject({ status: 'active', restsOn: own('trs_gone', 'write') });
      const ids = async (status: 'active' | 'revoked') => (await grants.list(TENANT, { status })).items.map(({ grantId }) => grantId).toSorted();
      expect([await ids('active'), await ids('revoked')]).toEqual([['gnt_2', 'gnt_3'], ['gnt_1']]);
      rig.clock.advance(60);
      expect([await ids('active'), await ids('revoked')]).toEqual([['gnt_2'], ['gnt_1', 'gnt_3']]);
    });

    it('activity tells each thing an agent did and was refused, newest first, with the exact reason', async () => {
      const ids = await after([
        issued('agt_1', 'tok_1'), refused('agt_1', 'grant.revoked'),
        { stream: streams.activity('agt_1'), event: activityEvents.ConsentDenied({ agentId: 'agt_1', userId: 'usr_ana', resourceId: 'res_notes', scopes: ['read'] }) },
        issued('agt_2', 'tok_2'),
      ]);
      const { items } = await new Activity(rig.models).list(TENANT, { agentId: 'agt_1' });
      expect(items.map(({ eventId, type, outcome, reason }) => ({ eventId, type, outcome, reason }))).toEqual([
        { eventId: ids[2], type: 'ConsentDenied', outcome: 'denied', reason: undefined },
        { eventId: ids[1], type: 'TokenRefused', outcome: 'refused', reason: 'grant.revoked' },
        { eventId: ids[0], type: 'TokenIssued', outcome: 'issued', reason: undefined },
      ]);
      expect(items[2]).toMatchObject({ at: AT, jti: 'tok_1', grantId: 'gnt_1', principal: { kind: 'user', id: 'usr_ana' }, scopes: ['read'], grantType: 'authorization_code' });
    });

    it('resources and tenants stand as they were last changed', async () => {
      const on = (event: ReturnType<(typeof resourceEvents)[keyof typeof resourceEvents]>): Fact => ({ stream: streams.resource('res_notes'), event });
      const here = (event: ReturnType<(typeof tenantEvents)[keyof typeof tenantEvents]>): Fact => ({ stream: streams.tenant(TENANT), event });
      const scopes = [{ name: 'read', description: 'Read "notes"' }];
      await after([
        here(tenantEvents.TenantCreated({ tenantId: TENANT, slug: 'a', name: 'Example' })),
        here(tenantEvents.RegistrationPolicyChanged({ dynamic: 'closed', metadataDocuments: 'open', allowedHosts: ['app.example'] })),
        on(resourceEvents.ResourceRegistered({
          resourceId: 'res_notes', uri: 'https://notes.example/mcp', kind: 'mcp', name: 'Notes', scopes, defaultScopes: ['read'], tools: [], tokenLifetime: 600, signingAlgorithm: 'ES256',
        })),
        on(resourceEvents.ResourceToolsMapped({ resourceId: 'res_notes', tools: [{ name: 'search', scopes: ['read'] }] })),
        on(resourceEvents.ResourceWithdrawn({ resourceId: 'res_notes', reason: 'moved' })),
      ]);
      expect((await new Resources(rig.models).list(TENANT)).items[0]).toEqual({
        resourceId: 'res_notes', uri: 'https://notes.example/mcp', kind: 'mcp', name: 'Notes', status: 'withdrawn', withdrawnReason: 'moved', scopes, defaultScopes: ['read'],
        tools: [{ name: 'search', scopes: ['read'] }], tokenLifetime: 600, signingAlgorithm: 'ES256', registeredAt: AT,
      });
      expect((await new Tenants(rig.models).everyTenant()).items[0]).toMatchObject({
        slug: 'a', name: 'Example', status: 'active', registration: { dynamic: 'closed', metadataDocuments: 'open', allowedHosts: ['app.example'] },
      });
    });

    it('a person is shown by id and roles; e-mail and name stand nowhere here, not even sealed', async () => {
      const on = (event: ReturnType<(typeof userEvents)[keyof typeof userEvents]>): Fact => ({ stream: streams.user('usr_ana'), event });
      await after([
        on(userEvents.UserRegistered({ userId: 'usr_ana', email: 'v1.sealed-email', name: 'v1.sealed-name', roles: ['admin'] })),
        on(userEvents.UserRolesChanged({ userId: 'usr_ana', roles: ['auditor'] })),
        on(userEvents.UserDisabled({ userId: 'usr_ana', reason: 'left' })),
      ]);
      expect((await new Users(rig.models).list(TENANT, { role: 'auditor' })).items).toEqual([{ userId: 'usr_ana', roles: ['auditor'], status: 'disabled', registeredAt: AT }]);
      const rows = await place.source.query<object[]>(`SELECT * FROM ${tableName(usersTable, users)}`);
      expect([rows.length, JSON.stringify(rows).includes('sealed')]).toEqual([1, false]);
    });

    it('one tenant never sees what is another\'s, even under the same id', async () => {
      const facts = (mark: string): readonly Fact[] => [registered('agt_same', mark), given('gnt_same', 'agt_same'), issued('agt_same', `tok_${mark}`, 'gnt_same')];
      await after(facts('ours'), [...facts('theirs'), registered('agt_theirs'), refused('agt_same')]);
      const directory = new AgentDirectory(rig.models, rig.clock);
      expect((await directory.list(TENANT)).items.map(({ agentId, name: shown }) => [agentId, shown])).toEqual([['agt_same', 'ours']]);
      expect(await agentNamed('agt_same')).toMatchObject({ name: 'ours', tokensIssued: 1, tokensRefused: 0 });
      expect(await agentNamed('agt_same', OTHER)).toMatchObject({ name: 'theirs', tokensIssued: 1, tokensRefused: 1 });
      expect(await agentNamed('agt_theirs')).toBeUndefined();
      expect((await new Activity(rig.models).list(TENANT)).items.map(({ jti }) => jti)).toEqual(['tok_ours']);
      expect((await new ActiveGrants(rig.models, rig.clock).list(TENANT)).items).toHaveLength(1);
    });

    it('a list is walked page by page without a gap or a repetition, however much comes in meanwhile', async () => {
      await after(Array.from({ length: 7 }, (_, n) => registered(`agt_${n}`)), [registered('agt_foreign')]);
      const directory = new AgentDirectory(rig.models, rig.clock);
      const seen: string[] = [];
      let page = await directory.list(TENANT, { limit: 3 });
      await record(rig.ledger, [registered('agt_late')]);
      await rig.settled(runner);
      for (;;) {
        seen.push(...page.items.map(({ agentId }) => agentId));
        if (page.next === undefined) break;
        page = await directory.list(TENANT, { limit: 3, cursor: page.next });
      }
      expect(seen).toEqual(['agt_6', 'agt_5', 'agt_4', 'agt_3', 'agt_2', 'agt_1', 'agt_0']);
    });

    it('a page has 50 rows unless another number is asked for, and never more than 200', async () => {
      await after(Array.from({ length: 205 }, (_, n) => refused(`agt_${n}`)));
      const activity = new Activity(rig.models);
      expect((await activity.list(TENANT)).items).toHaveLength(50);
      expect((await activity.list(TENANT, { limit: 10_000 })).items).toHaveLength(200);
      expect((await activity.list(TENANT, { limit: 1 })).items).toHaveLength(1);
    });
  });
}
