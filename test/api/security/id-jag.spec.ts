import { CrossAppAccessProvider, auth } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { AddTrustRule } from '../../../src/commands/trust/add-trust-rule.js';
import { RemoveTrustRule } from '../../../src/commands/trust/remove-trust-rule.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { LedgerAudit } from '../../../src/domain/audit/ledger-audit.js';
import type { RequestedApproval } from '../../../src/domain/approval/approval.events.js';
import { CelConditions } from '../../../src/platform/cel-conditions.js';
import { ACCESS_TOKEN, EXCHANGE, claimsOf } from '../../support/exchange.js';
import { NOTES, PUBLIC_CLIENT, type TestHub } from '../../support/hub.js';
import { IDP, IdJagRig } from '../../support/id-jag-rig.js';
import { ASSERTION_TYPE, JWT_BEARER, WorkloadRig, said } from '../../support/workload-rig.js';
import { CIBA, sayYes } from '../approvals/approvals-rig.js';
import { decideBy } from '../policies/policy-paths.js';
import { EVERY_SCOPE, adminToken, call, letAgentsIn } from '../admin/admin-rig.js';

describe('ID-JAG: the workforce\'s identity provider lets an agent act for a person', () => {
  let rig: IdJagRig;
  let hub: TestHub;
  beforeAll(async () => {
    rig = await IdJagRig.start();
    ({ hub } = rig);
  });
  afterAll(() => hub.close());
  beforeEach(() => rig.next());
  const jag: IdJagRig['jag'] = (...given) => rig.jag(...given);
  const redeem: IdJagRig['redeem'] = (...given) => rig.redeem(...given);
  const lastRefusal = () => rig.lastRefusal();

  it('the official client gets a token by its cross-app provider, for a person who has never been here', async () => {
    const provider = new CrossAppAccessProvider({
      clientId: rig.agent.clientId, clientSecret: rig.agent.clientSecret, expectedIssuer: hub.issuer,
      assertion: ({ authorizationServerUrl, resourceUrl }) => jag({ aud: authorizationServerUrl.replace(/\/$/, ''), resource: resourceUrl, email: 'ana@acme.example', email_verified: true, name: 'Ana' }),
    });
    const protectedResource = JSON.stringify({ resource: NOTES.uri, authorization_servers: [hub.issuer], scopes_supported: ['notes:read'] });
    const fetchFn = async (url: string | URL, init?: RequestInit): Promise<Response> =>
      (String(url).startsWith('https://notes.example') ? new Response(protectedResource, { headers: { 'content-type': 'application/json' } }) : fetch(url, init));
    expect(await auth(provider, { serverUrl: NOTES.uri, fetchFn })).toBe('AUTHORIZED');
    const claims = claimsOf(provider.tokens()!.access_token);
    expect(claims).toMatchObject({ aud: NOTES.uri, scope: 'notes:read', act: { sub: rig.agent.agentId }, trust_rule: rig.ruleId });
    expect(String(claims['sub'])).toMatch(/^usr_/);
    expect(provider.tokens()!.refresh_token).toBeUndefined();
    const grant = (await hub.events('GrantGiven')).at(-1)?.data;
    expect(grant).toMatchObject({ via: 'identity_provider', agentId: rig.agent.agentId, principal: { kind: 'user', id: claims['sub'] }, scopes: ['notes:read'] });
    expect(JSON.stringify(await hub.events())).not.toContain('ana@acme.example');
  });

  it('is the same person each time, by issuer and subject, and their roles decide', async () => {
    const first = claimsOf((await redeem(await jag({ groups: ['finance'] }))).body['access_token']);
    const again = claimsOf((await redeem(await jag({ jti: 'other', groups: undefined, email: 'somebody@else.example' }))).body['access_token']);
    expect(again['sub']).toBe(first['sub']);
    expect(claimsOf((await redeem(await jag({ jti: 'third', sub: 'another' }))).body['access_token'])['sub']).not.toBe(first['sub']);
    expect((await hub.events('UserProvisioned', 'UserRegistered')).map(({ data }) => data)).toContainEqual(expect.objectContaining({ userId: first['sub'], roles: ['finance'] }));
  });

  it.each<readonly [string, () => Readonly<Record<string, unknown>>, string]>([
    ['made for another client', () => ({ client_id: 'agt_other' }), 'assertion.client_mismatch'], ['without a client', () => ({ client_id: undefined }), 'assertion.client_mismatch'],
    ['for another server', () => ({ aud: 'https://as.example' }), 'assertion.audience_mismatch'], ['for several servers', () => ({ aud: [hub.issuer, 'https://as.example'] }), 'assertion.audience_mismatch'],
    ['for the token endpoint', () => ({ aud: `${hub.issuer}/token` }), 'assertion.audience_mismatch'], ['without a jti', () => ({ jti: undefined }), 'assertion.jti_missing'],
    ['of another issuer', () => ({ iss: 'https://evil.example' }), 'assertion.issuer_unknown'], ['for a resource that nobody knows', () => ({ resource: 'https://other.example' }), 'assertion.resource_mismatch'],
    ['bound to a key', () => ({ cnf: { jkt: 'x' } }), 'assertion.claims_mismatch'], ['that has run out', () => ({ iat: hub.inside.clock.seconds() - 900, exp: hub.inside.clock.seconds() - 10 }), 'assertion.expired'],
  ])('an assertion %s is refused, and recorded with the exact reason', async (_, claims, reason) => {
    expect(said(await redeem(await jag(claims())))).toEqual([400, 'invalid_grant']);
    expect(await lastRefusal()).toMatchObject({ reason });
  });

  it('the typ is checked both ways: an ID token is no assertion, and an assertion proves no client', async () => {
    expect(said(await redeem(await jag({}, { typ: 'JWT' })))).toEqual([400, 'invalid_grant']);
    const answer = await hub.post('/token', { grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: await jag() });
    expect(said(answer)).toEqual([401, 'invalid_client']);
  });

  it('counts once, and a client that can\'t prove itself has nothing by it', async () => {
    const assertion = await jag();
    expect([said(await redeem(assertion)), said(await redeem(assertion))]).toEqual([[200, 'issued'], [400, 'invalid_grant']]);
    expect(await lastRefusal()).toMatchObject({ reason: 'assertion.replayed', vouchedBy: { ruleId: rig.ruleId } });
    const open = await hub.agent({ ...PUBLIC_CLIENT, grantTypes: ['authorization_code', JWT_BEARER] });
    const answer = await hub.post('/token', { grant_type: JWT_BEARER, client_id: open.clientId, assertion: await jag({ client_id: open.clientId }) });
    expect(said(answer)).toEqual([400, 'unauthorized_client']);
    expect(said(await hub.post('/token', { grant_type: JWT_BEARER, assertion: await jag() }))).toEqual([401, 'invalid_client']);
  });

  it('gives no more than the provider allows, and no more than is asked for', async () => {
    const both = await redeem(await jag({ scope: 'notes:read notes:write' }), { scope: 'notes:write' });
    expect(both.body['scope']).toBe('notes:write');
    expect(said(await redeem(await jag({ jti: 'b' }), { scope: 'notes:write' }))).toEqual([400, 'invalid_scope']);
    expect(said(await redeem(await jag({ jti: 'c', resource: 'https://calendar.example/api' }), { resource: NOTES.uri }))).toEqual([400, 'invalid_grant']);
    expect(said(await redeem(await jag({ jti: 'd', resource: undefined, scope: undefined }), { resource: NOTES.uri }))).toEqual([200, 'issued']);
  });

  it('a person or an agent that is shut out gets nothing by it', async () => {
    const { sub } = claimsOf((await redeem(await jag())).body['access_token']) as { sub: string };
    await hub.do(new ChangeUser(sub, { type: 'DisableUser', reason: 'left' }, hub.context));
    expect([said(await redeem(await jag({ jti: 'x' }))), (await lastRefusal())['reason']]).toEqual([[400, 'invalid_grant'], 'user.disabled']);
    await hub.do(new ChangeAgent(rig.agent.agentId, { type: 'SuspendAgent', reason: 'test' }, hub.context));
    expect(said(await redeem(await jag({ jti: 'y', sub: 'new' })))).toEqual([400, 'invalid_grant']);
  });

  it('what was issued can be introspected, and ends with the trust in the provider', async () => {
    const { body } = await redeem(await jag());
    const isActive = async () => (await hub.post('/introspect', { token: String(body['access_token']) }, rig.proof)).body['active'];
    expect(await isActive()).toBe(true);
    await hub.do(new RemoveTrustRule(rig.ruleId, 'test', hub.context));
    expect([await isActive(), said(await redeem(await jag({ jti: 'z' })))]).toEqual([false, [400, 'invalid_grant']]);
    await rig.trust();
  });

  describe('for a client that proves itself by a token of its platform, it rests on both rules', () => {
    let platform: WorkloadRig;
    beforeAll(async () => {
      platform = await WorkloadRig.of(hub, rig.notes);
    });
    const attested = async () => {
      platform.settle();
      const pod = await platform.pod({ agentId: rig.agent.agentId });
      return { ...pod, proof: async () => ({ client_assertion_type: ASSERTION_TYPE, client_assertion: await pod.token() }) };
    };
    const redeemAs = async (proof: Record<string, string>, assertion: string) => hub.post('/token', { grant_type: JWT_BEARER, assertion, ...proof });
    const isActive = async (token: unknown) => (await hub.post('/introspect', { token: String(token) }, rig.proof)).body['active'];
    const issued = async (jti: unknown) => (await hub.events('TokenIssued')).find(({ data }) => (data as { jti: unknown }).jti === jti)!;

    it.each([['the client\'s', false], ['the identity provider\'s', true]])('and ends with %s, at introspection and for the audit', async (_, isProviders) => {
      const pod = await attested();
      const { access_token: token } = (await redeemAs(await pod.proof(), await jag())).body;
      const byAnother = (await redeem(await jag({ jti: `by-secret-${rig.counter}` }))).body['access_token'];
      const { jti } = claimsOf(token);
      expect(claimsOf(token)).toMatchObject({ trust_rule: rig.ruleId, client_trust_rule: pod.ruleId });
      const event = await issued(jti);
      expect(event.data).toMatchObject({ vouchedBy: { ruleId: rig.ruleId, platform: 'id-jag' }, clientVouchedBy: { ruleId: pod.ruleId, platform: 'kubernetes' } });
      expect([await isActive(token), await isActive(byAnother)]).toEqual([true, true]);
      await hub.do(new RemoveTrustRule(isProviders ? rig.ruleId : pod.ruleId, 'test', hub.context));
      expect([await isActive(token), await isActive(byAnother)]).toEqual([false, !isProviders]);
      const told = (events: Awaited<ReturnType<TestHub['events']>>) => {
        const audit = new LedgerAudit(new CelConditions());
        for (const one of events) audit.see(one);
        return audit.result().violations.map(({ sentence }) => sentence).filter((sentence) => sentence.includes(`Token ${String(jti)} of`));
      };
      const events = await hub.events();
      expect(told(events)).toEqual([]);
      // As if it had been issued after the rule was gone.
      expect(told([...events.filter(({ id }) => id !== event.id), event])).toEqual([expect.stringContaining('trust.removed')]);
      if (isProviders) await rig.trust();
    });

    it('and policies go by the platform that proves the client, whoever\'s word the grant is', async () => {
      const pod = await attested();
      await decideBy(hub, [{ id: 'all', effect: 'allow' }, { id: 'no-pods', effect: 'deny', agents: { attested_by: ['kubernetes'] } }]);
      const answers = [said(await redeemAs(await pod.proof(), await jag())), said(await redeem(await jag({ jti: `secret-${rig.counter}` })))];
      await letAgentsIn(hub);
      expect(answers).toEqual([[400, 'access_denied'], [200, 'issued']]);
      expect(await lastRefusal()).toMatchObject({ reason: 'policy.denied', decision: { attestedBy: 'kubernetes' } });
    });

    it('and what is refused to it says who vouched, whichever way it is refused', async () => {
      const pod = await attested();
      const [client, provider] = [expect.objectContaining({ ruleId: pod.ruleId, platform: 'kubernetes' }), expect.objectContaining({ ruleId: rig.ruleId, platform: 'id-jag' })];
      const used = await jag();
      const { access_token: token } = (await redeemAs(await pod.proof(), used)).body;
      const other = await hub.service(rig.notes, ['notes:read']);
      const foreign = String((await hub.clientCredentials(other, { resource: NOTES.uri })).body['access_token']);
      await hub.do(new ChangeUser(String(claimsOf(token)['sub']), { type: 'DisableUser', reason: 'left' }, hub.context));
      const refused: readonly (readonly [string, () => Promise<unknown>, Readonly<Record<string, unknown>>])[] = [
        ['user.disabled', async () => redeemAs(await pod.proof(), await jag({ jti: `left-${rig.counter}` })), { vouchedBy: provider, clientVouchedBy: client }],
        ['assertion.replayed', async () => {
          const assertion = await jag({ jti: `twice-${rig.counter}`, sub: `else-${rig.counter}` });
          return [await redeemAs(await pod.proof(), assertion), await redeemAs(await pod.proof(), assertion)];
        }, { vouchedBy: provider, clientVouchedBy: client }],
        ['assertion.client_mismatch', async () => redeemAs(await pod.proof(), await jag({ client_id: 'agt_other' })), { ruleId: rig.ruleId, clientVouchedBy: client }],
        ['assertion.resource_mismatch', async () => redeemAs(await pod.proof(), await jag({ resource: 'https://other.example' })), { ruleId: rig.ruleId, clientVouchedBy: client }],
        ['scope.none_allowed', async () => redeemAs({ ...(await pod.proof()), resource: NOTES.uri, scope: 'a"b' }, await jag({ jti: `scope-${rig.counter}` })), { vouchedBy: client }],
        ['token.invalid', async () => hub.post('/token', { grant_type: EXCHANGE, subject_token: 'x', subject_token_type: ACCESS_TOKEN, ...(await pod.proof()) }), { vouchedBy: client }],
        ['token.foreign', async () => hub.post('/revoke', { token: foreign, ...(await pod.proof()) }), { vouchedBy: client }],
      ];
      for (const [reason, ask, who] of refused) {
        await ask();
        expect(await lastRefusal()).toEqual(expect.objectContaining({ agentId: rig.agent.agentId, reason, ...who }));
      }
    });

    it('and is not handed out when the client\'s rule ends before its place in the log', async () => {
      const pod = await attested();
      const { ledger } = hub.inside;
      const { append } = ledger;
      Object.assign(ledger, { append: async (...given: Parameters<typeof append>) => {
        if (given[2][0]!.type !== 'TokenIssued') return append.apply(ledger, given);
        Object.assign(ledger, { append });
        await hub.do(new RemoveTrustRule(pod.ruleId, 'test', hub.context));
        return append.apply(ledger, given);
      } });
      expect(said(await redeemAs(await pod.proof(), await jag()))).toEqual([400, 'invalid_grant']);
      expect((await hub.events('TokenVoided')).at(-1)!.data).toMatchObject({ agentId: rig.agent.agentId, reason: 'trust.removed' });
    });

    it('and so when a person confirmed it, and the client comes for it', async () => {
      const pod = await attested();
      await decideBy(hub, [{ id: 'all', effect: 'allow' }, { id: 'ask', effect: 'require_approval' }]);
      const asked = await redeemAs(await pod.proof(), await jag());
      const { approvalId, approver } = (await hub.events('ApprovalRequested')).at(-1)!.data as RequestedApproval;
      await sayYes(hub, approvalId, approver.id);
      const { access_token: token } = (await hub.post('/token', { grant_type: CIBA, auth_req_id: String(asked.body['auth_req_id']), ...(await pod.proof()) })).body;
      expect(claimsOf(token)).toMatchObject({ trust_rule: rig.ruleId, client_trust_rule: pod.ruleId });
      await letAgentsIn(hub);
      expect(await isActive(token)).toBe(true);
      await hub.do(new RemoveTrustRule(pod.ruleId, 'test', hub.context));
      expect(await isActive(token)).toBe(false);
    });
  });

  it('where a person has to confirm it, the person that the provider named does, and the provider\'s word has to count still when the agent comes for it', async () => {
    await decideBy(hub, [{ id: 'all', effect: 'allow' }, { id: 'ask', effect: 'require_approval' }]);
    const confirmed = async (jti: string) => {
      const asked = await redeem(await jag({ jti }));
      expect(said(asked)).toEqual([400, 'authorization_pending']);
      const { approvalId, approver, vouchedBy } = (await hub.events('ApprovalRequested')).at(-1)!.data as RequestedApproval;
      expect([approver.kind, vouchedBy]).toEqual(['user', expect.objectContaining({ ruleId: rig.ruleId, platform: 'id-jag' })]);
      await sayYes(hub, approvalId, approver.id);
      return { by: approver.id, poll: () => hub.post('/token', { grant_type: CIBA, auth_req_id: String(asked.body['auth_req_id']) }, rig.proof) };
    };
    const first = await confirmed('a');
    const given = await first.poll();
    expect(said(given)).toEqual([200, 'issued']);
    expect(claimsOf(given.body['access_token'])).toMatchObject({ sub: first.by, scope: 'notes:read', act: { sub: rig.agent.agentId }, trust_rule: rig.ruleId });
    const second = await confirmed('b');
    await hub.do(new RemoveTrustRule(rig.ruleId, 'test', hub.context));
    expect(said(await second.poll())).toEqual([400, 'invalid_grant']);
    expect(await lastRefusal()).toMatchObject({ reason: 'trust.removed' });
    await rig.trust();
    await letAgentsIn(hub);
  });

  it('is advertised without a word about whom is trusted, and only providers that people sign in with can be', async () => {
    const { body } = await hub.json('/.well-known/oauth-authorization-server', {});
    expect(body['authorization_grant_profiles_supported']).toEqual(['urn:ietf:params:oauth:grant-profile:id-jag']);
    expect(JSON.stringify(body)).not.toContain('acme');
    await expect(hub.do(new AddTrustRule({ name: 'X', purpose: 'users', issuer: 'https://other.example' }, hub.issuer, hub.context))).rejects.toMatchObject({ code: 'trust.invalid' });
    expect(rig.notes).toBeDefined();
  });

  it('only who has all power here says whose word counts for people: he could be any of them', async () => {
    const body = { name: 'Mine', purpose: 'users', issuer: IDP, jwks: rig.idp.jwks };
    const withScopes = async (scopes: readonly string[]) => (await call(hub, 'POST', '/api/trust-rules', { token: (await adminToken(hub, { scopes })).token, body })).body;
    expect((await withScopes(['directory:read', 'directory:write', 'policy:write']))['code']).toBe('insufficient_scope');
    expect((await withScopes(['directory:read', 'directory:write', 'sign-in:write']))['code']).toBe('admin.escalation');
    const added = await withScopes(EVERY_SCOPE);
    expect(added).toMatchObject({ purpose: 'users', issuer: IDP, platform: 'id-jag' });
    await hub.do(new RemoveTrustRule(String(added['rule_id']), 'test', hub.context));
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
