import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { DefineConnection } from '../../../src/commands/connections/define-connection.js';
import { StoreKey } from '../../../src/commands/credentials/store-key.js';
import { ChangeTenant } from '../../../src/commands/tenants/change-tenant.js';
import { AddTrustRule } from '../../../src/commands/trust/add-trust-rule.js';
import { RemoveTrustRule } from '../../../src/commands/trust/remove-trust-rule.js';
import { exactly } from '../../../src/domain/trust/presets.js';
import { obtainCode, redeem as redeemCode, refresh } from '../../support/code-flow.js';
import { ACCESS_TOKEN, EXCHANGE, allow, claimsOf } from '../../support/exchange.js';
import { NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, basic } from '../../support/hub.js';
import { PlatformIssuer, platformKey, serviceAccountClaims } from '../../support/platform-issuer.js';
import { CLUSTER, ASSERTION_TYPE, JWKS, JWT_BEARER, WorkloadRig, said } from '../../support/workload-rig.js';
import { adminApiId, adminToken, agentToken, call, makeTenant } from '../admin/admin-rig.js';

describe('workload identity: keys, lifetimes and ends', () => {
  let rig: WorkloadRig;
  let hub: TestHub;
  let notes: string;
  beforeAll(async () => {
    rig = await WorkloadRig.start();
    ({ hub, notes } = rig);
  });
  afterAll(() => hub.close());
  beforeEach(() => rig.settle());
  const pod: WorkloadRig['pod'] = (...given) => rig.pod(...given);
  const redeem: WorkloadRig['redeem'] = (...given) => rig.redeem(...given);
  const asClient: WorkloadRig['asClient'] = (...given) => rig.asClient(...given);

  it('what a person agreed to ends with the rule that proved the agent, for tokens by code and by refresh token that it came for with its platform\'s', async () => {
    await hub.user();
    const agent = (await hub.agent({ ...SERVICE_CLIENT, redirectUris: PUBLIC_CLIENT.redirectUris, grantTypes: ['authorization_code', 'refresh_token'] }, 'Attested')) as { clientId: string; clientSecret: string; agentId: string };
    const { token, ruleId } = await pod({ agentId: agent.agentId });
    const proof = async () => ({ client_assertion_type: ASSERTION_TYPE, client_assertion: await token() });
    const first = (await redeemCode(hub, agent.clientId, await obtainCode(hub, agent.clientId), await proof())).body;
    const second = (await refresh(hub, agent.clientId, String(first['refresh_token']), await proof())).body;
    const isActive = async ({ access_token: given }: typeof first) => (await hub.post('/introspect', { token: String(given) }, basic(agent.clientId, agent.clientSecret))).body['active'];
    expect([first, second].map((body) => claimsOf(body['access_token'])['trust_rule'])).toEqual([ruleId, ruleId]);
    expect([await isActive(first), await isActive(second)]).toEqual([true, true]);
    await hub.do(new RemoveTrustRule(ruleId, 'a test', hub.context));
    expect([await isActive(first), await isActive(second)]).toEqual([false, false]);
  });

  it('WF-09: a storm of unknown kids makes one fetch a minute', async () => {
    const { token } = await pod();
    expect(said(await redeem(await token()))).toEqual([200, 'issued']);
    hub.inside.clock.advance(61);
    const stranger = await platformKey('unknown');
    const jwts = await Promise.all(Array.from({ length: 12 }, (_, n) => token({}, { key: stranger, header: { kid: `kid-${n}` } })));
    const asked = await rig.fetched(() => Promise.all(jwts.map((jwt) => redeem(jwt))));
    expect(asked.filter((url) => url === JWKS)).toHaveLength(1);
    expect(await rig.fetched(async () => expect(said(await redeem(jwts[0]!))).toEqual([400, 'invalid_grant']))).toEqual([]);
  });

  it('WF-09: a new key works at once, a withdrawn one for ten minutes at most', async () => {
    const { token } = await pod();
    expect(said(await redeem(await token()))).toEqual([200, 'issued']);
    const next = await platformKey('k2');
    rig.publish(rig.cluster, [next.jwk]);
    hub.inside.clock.advance(61);
    expect(said(await redeem(await token({}, { key: next })))).toEqual([200, 'issued']);
    expect(said(await redeem(await token()))).toEqual([400, 'invalid_grant']);
    rig.publish();
    hub.inside.clock.advance(600);
    expect(said(await redeem(await token({}, { key: next })))).toEqual([400, 'invalid_grant']);
  });

  it('WF-09: an issuer that is down: its last keys count for an hour, then nothing does until it is back, and others are not touched', async () => {
    const gone = await rig.platform('https://gone.example');
    const { token } = await pod({ issuer: gone.issuer, claims: [exactly('sub', 'job')] });
    const fine = await pod();
    const ask = async () => redeem(await token({ sub: 'job', 'kubernetes.io': { serviceaccount: { uid: 'u' } } }, {}, gone));
    expect(said(await ask())).toEqual([200, 'issued']);
    hub.inside.documents.withdraw(`${gone.issuer}/.well-known/openid-configuration`);
    hub.inside.clock.advance(3_500);
    expect(said(await ask())).toEqual([200, 'issued']);
    hub.inside.clock.advance(200);
    const away = await ask();
    expect([...said(away), away.headers.get('retry-after')]).toEqual([503, 'temporarily_unavailable', '60']);
    expect(await rig.fetched(ask)).toEqual([]);
    expect(said(await redeem(await fine.token()))).toEqual([200, 'issued']);
    rig.publish(gone);
    hub.inside.clock.advance(61);
    expect(said(await ask())).toEqual([200, 'issued']);
  });

  it('WF-10: a token with a jti counts once, whichever way it comes, and each replay is recorded', async () => {
    const { token, ruleId } = await pod();
    const [one, two, three] = [await token(), await token(), await token()];
    expect([said(await redeem(one)), said(await redeem(one)), said(await asClient(one))]).toEqual([[200, 'issued'], [400, 'invalid_grant'], [401, 'invalid_client']]);
    expect(await rig.lastRefusal()).toMatchObject({ reason: 'assertion.replayed', ruleId });
    expect([said(await asClient(two)), said(await asClient(two)), said(await redeem(two))]).toEqual([[200, 'issued'], [401, 'invalid_client'], [400, 'invalid_grant']]);
    const raced = await Promise.all(Array.from({ length: 10 }, () => redeem(three)));
    expect(raced.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await hub.events('TokenRefused')).at(-1)?.data).toMatchObject({ reason: 'assertion.replayed', vouchedBy: { ruleId } });
  });

  it('WF-10: a platform that numbers its tokens means the same', async () => {
    const { token } = await pod();
    const numbered = await token({ jti: 7 });
    expect([said(await redeem(numbered)), said(await redeem(numbered))]).toEqual([[200, 'issued'], [400, 'invalid_grant']]);
  });

  it('whoever adds a rule can be the agent that it proves: what he may not do himself, he can\'t let it do', async () => {
    const robot = await agentToken(hub, { scopes: ['directory:read', 'policy:write', 'keys:write'] });
    const weak = await adminToken(hub, { scopes: ['directory:read', 'directory:write'] });
    const add = async (body: object) => (await call(hub, 'POST', '/api/trust-rules', { token: weak.token, body: { name: 'X', issuer: CLUSTER, claims: [{ claim: 'sub', equals: 'x' }], ...body } })).body['code'];
    const template = { name: 'X', owner: { kind: 'team', id: 'team_x' } };
    expect(await add({ agent_id: robot.agentId })).toBe('admin.escalation');
    expect(await add({ template: { ...template, grants: [{ resource_id: adminApiId(hub), scopes: ['keys:write'] }] } })).toBe('admin.escalation');
    expect(await add({ template: { ...template, tags: ['trusted'] } })).toBe('insufficient_scope');
    expect(await add({ template })).toBeUndefined();
  });

  it('policies go by which platform vouched, so who may not write them can\'t say whose keys a platform has', async () => {
    const [weak, strong] = [await adminToken(hub, { scopes: ['directory:read', 'directory:write'] }), await adminToken(hub)];
    const template = { name: 'X', owner: { kind: 'team', id: 'team_x' } };
    const cluster = { preset: 'kubernetes', variables: { issuer: 'https://mine.example', namespace: 'shop', service_account: 'checkout' } };
    const github = { preset: 'github-actions', variables: { repository_owner_id: '1', repository_id: '2', ref: 'refs/heads/main' } };
    const domain = { preset: 'spiffe', variables: { trust_domain: 'prod.example', path: '/a' }, jwks: rig.cluster.jwks };
    const add = async ({ token }: { readonly token: string }, body: object) => (await call(hub, 'POST', '/api/trust-rules', { token, body: { name: 'X', template, ...body } })).body['code'] ?? 'added';
    const said: unknown[] = [];
    for (const body of [cluster, domain, { ...github, jwks: rig.cluster.jwks }, github]) said.push([await add(weak, body), await add(strong, body)]);
    expect(said).toEqual([['insufficient_scope', 'added'], ['insufficient_scope', 'added'], ['insufficient_scope', 'added'], ['added', 'added']]);
  });

  it.each([
    ['that every cluster may have', { issuer: 'https://kubernetes.default.svc' }, {}], ['that every cluster may have, in short', { issuer: 'https://kubernetes.default' }, {}], ['within a network', { issuer: 'https://k8s.cluster.local' }, {}], ['that is an address', { issuer: 'https://10.0.0.1:6443' }, {}],
    ['while its keys come from elsewhere', { issuer: CLUSTER }, { jwks_uri: 'https://keys.example/jwks' }],
  ])('WF-13: a cluster by a name %s is no cluster: 422, unless its keys are given', async (_, variables, keys) => {
    const { token } = await adminToken(hub);
    const body = { name: 'X', preset: 'kubernetes', variables: { ...variables, namespace: 'shop', service_account: 'checkout' }, template: { name: 'X', owner: { kind: 'team', id: 'team_x' } } };
    const add = async (more: object) => (await call(hub, 'POST', '/api/trust-rules', { token, body: { ...body, ...more } })).body['code'] ?? 'added';
    expect([await add(keys), await add({ jwks: rig.cluster.jwks })]).toEqual(['trust.invalid', 'added']);
  });

  it('WF-10: what is refused is not spent, and a rule for tokens in files lets them be read again', async () => {
    const { token } = await pod();
    const jwt = await token();
    expect(said(await redeem(jwt, { scope: 'notes:write' }))).toEqual([400, 'invalid_scope']);
    expect(said(await redeem(jwt))).toEqual([200, 'issued']);
    const file = await pod({ singleUse: false });
    const again = await file.token();
    expect([said(await redeem(again)), said(await redeem(again)), said(await asClient(again))]).toEqual([[200, 'issued'], [200, 'issued'], [200, 'issued']]);
  });

  it.each<readonly [string, (now: number) => Record<string, unknown>, string]>([
    ['without an end', () => ({ exp: undefined }), 'assertion.malformed'], ['that has run out', (now) => ({ iat: now - 600, exp: now - 6 }), 'assertion.expired'],
    ['for more than an hour', (now) => ({ exp: now + 3_700 }), 'assertion.too_long_lived'], ['for a day, made yesterday', (now) => ({ iat: now - 86_000, exp: now + 300 }), 'assertion.too_long_lived'],
    ['of tomorrow', (now) => ({ iat: now + 120, exp: now + 600 }), 'assertion.not_yet_valid'], ['not before tomorrow', (now) => ({ nbf: now + 120 }), 'assertion.not_yet_valid'],
    ['that does not say when it was made', () => ({ iat: undefined }), 'assertion.not_yet_valid'], ['with an end in words', () => ({ exp: 'never' }), 'assertion.malformed'],
  ])('WF-10: a token %s is refused', async (_, claims, reason) => {
    const { token, ruleId } = await pod();
    expect(said(await redeem(await token(claims(hub.inside.clock.seconds()))))).toEqual([400, 'invalid_grant']);
    expect(await rig.lastRefusal()).toMatchObject({ reason, ruleId });
  });

  it('WF-12: Google: an account made anew with the same e-mail address is another, and no jti is needed', async () => {
    const google = await PlatformIssuer.make('https://accounts.google.com', () => hub.inside.clock.seconds());
    hub.inside.documents.publish('https://www.googleapis.com/oauth2/v3/certs', google.jwks);
    const { ruleId } = await hub.do(new AddTrustRule({
      name: 'Bot', preset: 'gcp', variables: { service_account_id: '112233445566778899001' },
      template: { name: 'Bot', owner: { kind: 'team', id: 'team_x' }, tags: [], grantTypes: [JWT_BEARER], grants: [{ resourceId: notes, scopes: ['notes:read'] }] },
    }, hub.issuer, hub.context));
    const claims = { aud: hub.issuer, sub: '112233445566778899001', azp: '112233445566778899001', email: 'bot@acme.iam.gserviceaccount.com', email_verified: true, jti: undefined };
    const jwt = await google.token(claims);
    expect([said(await redeem(jwt)), said(await redeem(jwt))]).toEqual([[200, 'issued'], [200, 'issued']]);
    expect(said(await redeem(await google.token({ ...claims, sub: '999999999999999999999' })))).toEqual([400, 'invalid_grant']);
    expect(said(await redeem(await google.token({ ...claims, sub: 112233445566778 })))).toEqual([400, 'invalid_grant']);
    expect((await hub.events('AssertionRefused')).filter(({ data }) => (data as { ruleId?: string }).ruleId === ruleId)).not.toEqual([]);
  });

  it('WF-13: Kubernetes: an account that was deleted and made anew is another agent, and one of another namespace none', async () => {
    const { token, account } = await pod();
    const before = await redeem(await token());
    const after = await redeem(await token(serviceAccountClaims('shop', account, 'another-uid')));
    expect(claimsOf(before.body['access_token'])['agent']).not.toBe(claimsOf(after.body['access_token'])['agent']);
    expect(said(await redeem(await token(serviceAccountClaims('default', account))))).toEqual([400, 'invalid_grant']);
    expect(said(await redeem(await token({ 'kubernetes.io': { namespace: 'other' } })))).toEqual([400, 'invalid_grant']);
    expect(said(await redeem(await token({ 'kubernetes.io': { namespace: 'shop' } })))).toEqual([400, 'invalid_grant']);
  });

  it('WF-14: when the rule goes, nothing more is issued on it, and what was issued is dead at once', async () => {
    const { token, ruleId } = await pod();
    const service = await hub.service(notes, ['notes:read']);
    const [live, byClient] = [(await redeem(await token())).body['access_token'], (await asClient(await token())).body['access_token']];
    const admin = (await adminToken(hub)).token;
    const { client_secret: secret } = (await call(hub, 'POST', `/api/resources/${notes}/secret`, { token: admin })).body as { client_secret: string };
    const isActive = async (jwt: unknown) => (await hub.post('/introspect', { token: String(jwt) }, basic(notes, secret))).body['active'];
    expect([await isActive(live), await isActive(byClient)]).toEqual([true, true]);
    await hub.do(new RemoveTrustRule(ruleId, 'a test', hub.context));
    expect([said(await redeem(await token())), said(await asClient(await token()))]).toEqual([[400, 'invalid_grant'], [401, 'invalid_client']]);
    expect([await isActive(live), await isActive(byClient)]).toEqual([false, false]);
    expect((await hub.clientCredentials(service, { resource: NOTES.uri })).status).toBe(200);
  });

  it('WF-14: a rule ends with its time, and what was issued on it with it', async () => {
    const { token } = await pod({ expiresAt: hub.inside.clock.seconds() + 1_000 });
    expect(said(await redeem(await token()))).toEqual([200, 'issued']);
    hub.inside.clock.advance(1_000);
    expect(said(await redeem(await token()))).toEqual([400, 'invalid_grant']);
    expect(await rig.lastRefusal()).toMatchObject({ reason: 'trust.expired' });
  });

  it('an agent that is suspended or retired gets nothing by a token of its platform', async () => {
    const { token } = await pod();
    const { agent } = claimsOf((await redeem(await token())).body['access_token']) as { agent: string };
    await hub.do(new ChangeAgent(agent, { type: 'SuspendAgent', reason: 'test' }, hub.context));
    expect([said(await redeem(await token())), said(await asClient(await token()))]).toEqual([[400, 'invalid_grant'], [400, 'invalid_grant']]);
    expect(await rig.lastRefusal()).toMatchObject({ reason: 'agent.suspended' });
    await hub.do(new ChangeAgent(agent, { type: 'RetireAgent', reason: 'test' }, hub.context));
    expect([said(await redeem(await token())), said(await asClient(await token()))]).toEqual([[400, 'invalid_grant'], [401, 'invalid_client']]);
  });

  it('what an administrator took away from an agent of a template stays away', async () => {
    const { token } = await pod();
    const first = claimsOf((await redeem(await token())).body['access_token']) as { grant_id: string };
    const admin = (await adminToken(hub)).token;
    await call(hub, 'POST', `/api/grants/${first.grant_id}/revoke`, { token: admin, body: { reason: 'no more' } });
    expect([said(await redeem(await token())), (await rig.lastRefusal())?.['reason']]).toEqual([[400, 'invalid_grant'], 'grant.revoked']);
  });

  it('a secret of the agent is no longer needed, and a workload token is none for another agent', async () => {
    const service = (await hub.agent({ ...SERVICE_CLIENT, grantTypes: ['client_credentials', JWT_BEARER] })) as { agentId: string; clientId: string; clientSecret: string };
    await allow(hub, service.agentId, { kind: 'agent', id: service.agentId }, notes, ['notes:read']);
    const { token } = await pod();
    expect(said(await hub.post('/token', { grant_type: JWT_BEARER, assertion: await token(), resource: NOTES.uri }, basic(service.clientId, service.clientSecret)))).toEqual([400, 'invalid_grant']);
    expect(await rig.lastRefusal()).toMatchObject({ reason: 'assertion.client_mismatch' });
    const own = await pod({ agentId: service.agentId });
    expect(said(await hub.post('/token', { grant_type: JWT_BEARER, assertion: await own.token(), resource: NOTES.uri }, basic(service.clientId, service.clientSecret)))).toEqual([200, 'issued']);
    expect(said(await redeem(await own.token()))).toEqual([200, 'issued']);
  });

  it('what its platform vouched for counts where it is lent access to a service too', async () => {
    const draft = { heldBy: 'tenant', apiKey: { placement: 'header', name: 'x-key' }, origins: ['https://api.example.com'], lends: true } as const;
    const { connectionId } = await hub.do(new DefineConnection(hub.issuer, 'attested', draft, hub.context));
    await hub.do(new StoreKey(connectionId, { kind: 'tenant', id: hub.context.tenant }, { key: 'key-of-the-service' }, hub.context));
    const grants = [{ resourceId: notes, scopes: ['notes:read'] }];
    const { token } = await pod({ template: { name: 'Pod', owner: { kind: 'team', id: 'team_x' }, tags: [], grantTypes: [JWT_BEARER, EXCHANGE], grants } });
    const { body } = await redeem(await token());
    const agentId = claimsOf(body['access_token'])['agent'] as string;
    await allow(hub, agentId, { kind: 'agent', id: agentId }, connectionId, ['use']);
    const lent = await hub.post('/token', {
      grant_type: EXCHANGE, client_assertion_type: ASSERTION_TYPE, client_assertion: await token(), subject_token: String(body['access_token']), subject_token_type: ACCESS_TOKEN,
      requested_token_type: 'urn:mandate:connection:attested',
    });
    expect([lent.status, lent.body['access_token']]).toEqual([200, 'key-of-the-service']);
    expect((await hub.events('CredentialLent')).at(-1)?.data).toMatchObject({ agentId, decision: { attestedBy: 'kubernetes' } });
  });

  it('nothing is made or issued in a tenant that is suspended', async () => {
    const tenant = await makeTenant(hub, 'asleep');
    const { token } = await pod({}, tenant);
    await hub.do(new ChangeTenant({ type: 'SuspendTenant', reason: 'test' }, tenant.context));
    expect((await redeem(await token(), {}, tenant.path)).body['access_token']).toBeUndefined();
    expect((await hub.events('AgentRegistered')).filter((event) => event.tenant === tenant.context.tenant && (event.data as { method: string }).method === 'workload')).toEqual([]);
  });

  it('keys can be given by hand, for a cluster that nobody can reach', async () => {
    const island = await PlatformIssuer.make('https://kubernetes.default.svc', () => hub.inside.clock.seconds());
    const { token } = await pod({ preset: 'kubernetes', variables: { issuer: island.issuer, namespace: 'shop', service_account: 'island' }, jwks: island.jwks });
    expect(await rig.fetched(async () => expect(said(await redeem(await token(serviceAccountClaims('shop', 'island'), {}, island)))).toEqual([200, 'issued']))).toEqual([]);
    await expect(pod({ issuer: 'https://x.example', claims: [exactly('sub', 'x')], jwks: { keys: [{ ...island.key.jwk, d: 'AAAA' }] } })).rejects.toMatchObject({ code: 'trust.invalid' });
  });

  it('a SPIFFE workload is told by its trust domain and path; a star is one segment', async () => {
    const spire = await PlatformIssuer.make('spiffe://prod.example', () => hub.inside.clock.seconds());
    const bundle = { keys: [{ kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43), use: 'x509-svid', x5c: ['x'] }, { ...spire.key.jwk, use: 'jwt-svid', alg: undefined }] };
    await hub.do(new AddTrustRule({
      name: 'Mesh', preset: 'spiffe', variables: { trust_domain: 'prod.example', path: '/ns/shop/sa/*' }, jwks: bundle,
      template: { name: 'Mesh', owner: { kind: 'team', id: 'team_x' }, tags: [], grantTypes: [JWT_BEARER], grants: [{ resourceId: notes, scopes: ['notes:read'] }] },
    }, hub.issuer, hub.context));
    const svid = (sub: string) => spire.token({ iss: undefined, iat: undefined, jti: undefined, aud: [hub.issuer], sub }, { header: { typ: 'JWT' } });
    expect(said(await redeem(await svid('spiffe://prod.example/ns/shop/sa/checkout')))).toEqual([200, 'issued']);
    for (const sub of ['spiffe://prod.example/ns/shop/sa/a/b', 'spiffe://prod.example/ns/shop/sa/', 'spiffe://prod.example/ns/other/sa/checkout', 'spiffe://prod.example.evil/ns/shop/sa/checkout', 'spiffe://evil/ns/shop/sa/x'])
      expect([sub, ...said(await redeem(await svid(sub)))]).toEqual([sub, 400, 'invalid_grant']);
  });

  it.each([['no assertion', undefined], ['an empty one', ''], ['no JWT', 'a.b.c'], ['one that is too long', `${'a'.repeat(17_000)}.b.c`]])('%s is refused, never taken for another grant', async (_, assertion) => {
    const answer = await hub.post('/token', { grant_type: JWT_BEARER, resource: NOTES.uri, ...(assertion === undefined ? {} : { assertion }) });
    expect([answer.status, answer.body['access_token']]).toEqual([400, undefined]);
    expect(['invalid_request', 'invalid_grant']).toContain(answer.body['error']);
  });

  it('the metadata offers the grant and names no issuer that is trusted', async () => {
    const { body } = await hub.json('/.well-known/oauth-authorization-server', {});
    expect(body['grant_types_supported']).toContain(JWT_BEARER);
    expect(JSON.stringify(body)).not.toContain('cluster.example');
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
