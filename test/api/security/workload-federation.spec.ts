import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, exportSPKI } from 'jose';
import { DefineConnection } from '../../../src/commands/connections/define-connection.js';
import { StoreKey } from '../../../src/commands/credentials/store-key.js';
import { KeptKeys } from '../../../src/commands/kept-keys.js';
import { AddTrustRule } from '../../../src/commands/trust/add-trust-rule.js';
import { RemoveTrustRule } from '../../../src/commands/trust/remove-trust-rule.js';
import type { RequestedApproval } from '../../../src/domain/approval/approval.events.js';
import { exactly } from '../../../src/domain/trust/presets.js';
import { ACCESS_TOKEN, EXCHANGE, allow, claimsOf, exchange, exchanger } from '../../support/exchange.js';
import { NOTES, type TestHub } from '../../support/hub.js';
import { PlatformIssuer, platformKey } from '../../support/platform-issuer.js';
import { CLUSTER, JWKS, JWT_BEARER, WorkloadRig, said } from '../../support/workload-rig.js';
import { CIBA, sayYes } from '../approvals/approvals-rig.js';
import { adminToken, call, letAgentsIn, makeTenant, makeUser } from '../admin/admin-rig.js';
import { decideBy } from '../policies/policy-paths.js';

describe('workload identity: tokens of platforms in place of secrets', () => {
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

  it('gives a pod a token for what its rule grants, without a secret anywhere, and it is an agent of the directory', async () => {
    const { token, ruleId } = await pod();
    const { status, headers, body } = await redeem(await token());
    expect([status, body['scope'], body['refresh_token'], headers.get('cache-control')]).toEqual([200, 'notes:read', undefined, 'no-store']);
    const claims = claimsOf(body['access_token']);
    expect(claims).toMatchObject({ aud: NOTES.uri, scope: 'notes:read', trust_rule: ruleId, sub: claims['agent'] });
    const admin = (await adminToken(hub)).token;
    const agent = await call(hub, 'GET', `/api/agents/${String(claims['agent'])}`, { token: admin });
    expect(agent.body).toMatchObject({ registered_by: 'workload', trust_rule_id: ruleId, owner: { kind: 'team', id: 'team_shop' }, tags: ['shop'], token_endpoint_auth_method: 'workload_token' });
    const issued = (await hub.events('TokenIssued')).find(({ data }) => (data as { jti: unknown }).jti === claims['jti'])!.data;
    expect(issued).toMatchObject({ grantType: JWT_BEARER, vouchedBy: { ruleId, platform: 'kubernetes' }, decision: { attestedBy: 'kubernetes' } });
    const service = await hub.service(notes, ['notes:read']);
    expect(JSON.stringify(await hub.events())).not.toContain(String(body['access_token']).slice(-40));
    expect(service.clientSecret).toBeDefined();
  });

  it('waits for a person where policy wants one, who confirms what the pod then comes for with another token of its platform', async () => {
    const { token, ruleId } = await pod();
    await decideBy(hub, [{ id: 'all', effect: 'allow' }, { id: 'ask', effect: 'require_approval' }]);
    const asked = await redeem(await token());
    expect(said(asked)).toEqual([400, 'authorization_pending']);
    const { approvalId, approver } = (await hub.events('ApprovalRequested')).at(-1)!.data as RequestedApproval;
    expect(approver).toEqual({ kind: 'team', id: 'team_shop' });
    const poll = async () => asClient(await token(), { grant_type: CIBA, auth_req_id: String(asked.body['auth_req_id']) });
    expect(said(await poll())).toEqual([400, 'authorization_pending']);
    await sayYes(hub, approvalId, await makeUser(hub, ['admin']));
    const given = await poll();
    expect([said(given), claimsOf(given.body['access_token'])['trust_rule']]).toEqual([[200, 'issued'], ruleId]);
    expect(said(await poll())).toEqual([400, 'invalid_grant']);
    await letAgentsIn(hub);
  });

  it('takes it as client authentication too, with or without the client_id, and is the same agent', async () => {
    const { token } = await pod();
    const first = await asClient(await token());
    const { agent } = claimsOf(first.body['access_token']) as { agent: string };
    const second = await asClient(await token(), { client_id: agent });
    expect([first.status, second.status, claimsOf(second.body['access_token'])['agent']]).toEqual([200, 200, agent]);
    expect(claimsOf((await redeem(await token())).body['access_token'])['agent']).toBe(agent);
    expect(said(await asClient(await token(), { client_id: 'agt_somebody' }))).toEqual([401, 'invalid_client']);
    expect(await rig.lastRefusal()).toMatchObject({ reason: 'assertion.client_mismatch' });
    expect((await hub.events('AgentRegistered')).filter(({ data }) => (data as { agentId: string }).agentId === agent)).toHaveLength(1);
  });

  it('proves an agent that is there already, within what that was granted', async () => {
    const service = await hub.service(notes, ['notes:write']);
    const { token } = await pod({ agentId: service.agentId });
    const { body } = await asClient(await token());
    expect(claimsOf(body['access_token'])).toMatchObject({ agent: service.agentId, scope: 'notes:write' });
    expect((await hub.clientCredentials(service, { resource: NOTES.uri })).status).toBe(200);
    expect(said(await redeem(await token()))).toEqual([400, 'unauthorized_client']);
  });

  it('policies can ask which platform vouched', async () => {
    const admin = (await adminToken(hub)).token;
    const publishRules = async (rules: readonly object[]) => {
      const { body } = await call(hub, 'POST', '/api/policies', { token: admin, body: { document: { rules } } });
      await call(hub, 'POST', `/api/policies/${String(body['version'])}/activate`, { token: admin });
    };
    await publishRules([{ id: 'admins', effect: 'allow', principals: { roles: ['admin'] } }, { id: 'attested', effect: 'allow', agents: { attested_by: ['kubernetes'], registered_by: ['workload'] } }]);
    const { token } = await pod();
    const service = await hub.service(notes, ['notes:read']);
    const answers = [said(await redeem(await token())), said(await asClient(await token())), said(await hub.clientCredentials(service, { resource: NOTES.uri }))];
    await letAgentsIn(hub);
    expect(answers).toEqual([[200, 'issued'], [200, 'issued'], [400, 'access_denied']]);
  });

  it('PO-11: and so where a service\'s credential is lent, which stays shut when the rule ends before the loan\'s place in the log', async () => {
    const agent = await exchanger(hub, 'Attested');
    const principal = { kind: 'agent' as const, id: agent.agentId };
    const draft = { title: 'Weather', heldBy: 'tenant' as const, lends: true, apiKey: { placement: 'header' as const, name: 'X-Key' }, origins: ['https://weather.example'] };
    const { connectionId } = await hub.do(new DefineConnection(hub.issuer, 'weather', draft, hub.context));
    await hub.do(new StoreKey(connectionId, { kind: 'tenant', id: hub.context.tenant }, { key: 'a-key-of-the-weather' }, hub.context));
    await allow(hub, agent.agentId, principal, notes, ['notes:read']);
    await allow(hub, agent.agentId, principal, connectionId, ['use']);
    const subject = String((await hub.clientCredentials(agent, { resource: NOTES.uri })).body['access_token']);
    const { token, ruleId } = await pod({ agentId: agent.agentId });
    const weather = { requested_token_type: 'urn:mandate:connection:weather' };
    const attested = async () => hub.post('/token', {
      grant_type: EXCHANGE, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: await token(), subject_token: subject, subject_token_type: ACCESS_TOKEN, ...weather,
    });
    const last = async (type: string) => (await hub.events(type)).at(-1)!.data;
    expect(said(await attested())).toEqual([200, 'issued']);
    expect(await last('CredentialLent')).toMatchObject({ vouchedBy: { ruleId, platform: 'kubernetes' }, decision: { attestedBy: 'kubernetes' } });
    await decideBy(hub, [{ id: 'all', effect: 'allow' }, { id: 'no-pods', effect: 'deny', agents: { attested_by: ['kubernetes'] }, targets: { connections: ['weather'] } }]);
    expect(said(await attested())).toEqual([400, 'access_denied']);
    expect(await last('CredentialLendRefused')).toMatchObject({ reason: 'policy.denied', parentJti: claimsOf(subject)['jti'], vouchedBy: { ruleId, platform: 'kubernetes' } });
    expect(said(await exchange(hub, agent, subject, weather))).toEqual([200, 'issued']);
    // Through the hub it is the token that says who vouched.
    hub.inside.clock.advance(61);
    const resource = `${hub.issuer}/connections`;
    await allow(hub, agent.agentId, principal, (await hub.events('ResourceRegistered')).map(({ data }) => data as { uri: string; resourceId: string }).find(({ uri }) => uri === resource)!.resourceId, ['connections:use']);
    const call = async ({ body }: { readonly body: Readonly<Record<string, unknown>> }) =>
      (await hub.fetch('/connections/weather/forward/weather.example/v1', { headers: { authorization: `Bearer ${String(body['access_token'])}` } })).status;
    expect(await call(await asClient(await token(), { resource }))).toBe(403);
    expect(await last('CredentialLendRefused')).toMatchObject({ reason: 'policy.denied', purpose: 'forward', decision: { attestedBy: 'kubernetes' } });
    // Lent; there is no such service to call.
    expect(await call(await hub.clientCredentials(agent, { resource }))).toBe(502);
    await letAgentsIn(hub);
    const { ledger } = hub.inside;
    const { append } = ledger;
    Object.assign(ledger, { append: async (...given: Parameters<typeof append>) => {
      if (given[2][0]!.type !== 'CredentialLent') return append.apply(ledger, given);
      Object.assign(ledger, { append });
      await hub.do(new RemoveTrustRule(ruleId, 'a test', hub.context));
      return append.apply(ledger, given);
    } });
    expect(said(await attested())).toEqual([400, 'invalid_request']);
    expect(await last('CredentialLendVoided')).toMatchObject({ agentId: agent.agentId, reason: 'trust.removed' });
  });

  it.each([
    ['a prefix of it', 'https://cluster.exampl'], ['more than it', `${CLUSTER}.evil.example`], ['it as a user name', `${CLUSTER}@evil.example`], ['it with a slash', `${CLUSTER}/`], ['it in capitals', 'https://CLUSTER.example'],
    ['it over http', 'http://cluster.example'], ['letters that look like it', 'https://clust\u0435r.example'], ['a list of it', [CLUSTER]], ['nothing', undefined], ['__proto__', '__proto__'],
  ])('WF-01: an issuer that is not byte for byte a trusted one (%s) is refused, recorded, and nothing is fetched', async (_, iss) => {
    const { token } = await pod();
    const jwt = await token({ iss });
    let answers: unknown;
    expect(await rig.fetched(async () => {
      answers = [said(await redeem(jwt)), said(await asClient(jwt))];
    })).toEqual([]);
    expect(answers).toEqual([[400, 'invalid_grant'], [401, 'invalid_client']]);
    expect(['assertion.issuer_unknown']).toContain((await rig.lastRefusal())?.['reason']);
  });

  it.each([
    ['missing', undefined], ['empty', ''], ['the API server\'s', 'https://kubernetes.default.svc'], ['AWS\'s default', 'sts.amazonaws.com'],
    ['a list with ours in it', (issuer: string) => [issuer, 'https://kubernetes.default.svc']], ['ours with a slash', (issuer: string) => `${issuer}/`], ['the token endpoint where the rule says the issuer', (issuer: string) => `${issuer}/token`],
    ['another tenant\'s', (issuer: string) => `${issuer}/t/other`], ['an object', {}],
  ])('WF-02: an audience that is %s is refused', async (_, aud) => {
    const { token } = await pod();
    const of = typeof aud === 'function' ? aud(hub.issuer) : aud;
    expect(said(await redeem(await token({ aud: of })))).toEqual([400, 'invalid_grant']);
    hub.inside.clock.advance(61);
    expect(said(await asClient(await token({ aud: of })))).toEqual([401, 'invalid_client']);
    expect(['assertion.audience_mismatch', 'assertion.malformed']).toContain((await rig.lastRefusal())?.['reason']);
    expect(said(await redeem(await token({ aud: [hub.issuer] })))).toEqual([200, 'issued']);
  });

  it('WF-02: a rule can name the token endpoint as the audience, and nothing that is not ours', async () => {
    const { token } = await pod({ audience: `${hub.issuer}/token` });
    expect([said(await redeem(await token({ aud: `${hub.issuer}/token` }))), said(await redeem(await token()))]).toEqual([[200, 'issued'], [400, 'invalid_grant']]);
    await expect(pod({ audience: 'https://kubernetes.default.svc' })).rejects.toMatchObject({ code: 'trust.invalid' });
    await expect(pod({ audience: `${hub.issuer}/t/other` })).rejects.toMatchObject({ code: 'trust.invalid' });
  });

  it.each([
    ['GitHub', { issuer: 'https://token.actions.githubusercontent.com', claims: [{ claim: 'sub', matches: 'repo:acme/*:ref:refs/heads/main' }] }, 'repository_id or repository_owner_id'],
    ['GitHub by name', { issuer: 'https://token.actions.githubusercontent.com', claims: [{ claim: 'repository', equals: 'acme/shop' }] }, 'repository_id or repository_owner_id'],
    ['GitHub with an owner that may be anybody', { issuer: 'https://token.actions.githubusercontent.com', claims: [{ claim: 'repository_owner_id', matches: 'x/*' }] }, 'repository_id or repository_owner_id'],
    ['Google', { issuer: 'https://accounts.google.com', claims: [{ claim: 'email', equals: 'bot@acme.iam.gserviceaccount.com' }] }, 'Bind the claim sub'],
    ['Google for people', { issuer: 'https://accounts.google.com', purpose: 'users' }, 'Bind the claim hd'],
    ['GitLab', { issuer: 'https://gitlab.com', claims: [{ claim: 'project_path', equals: 'acme/shop' }] }, 'project_id or namespace_id'],
    ['any issuer at all, with no claim', { issuer: CLUSTER }, 'such as sub'],
  ])('WF-04: a rule that would trust the whole of a shared issuer (%s) answers 422 and says which claim is missing', async (_, rule, missing) => {
    const { token } = await adminToken(hub);
    const template = { name: 'CI', owner: { kind: 'team', id: 'team_ci' } };
    const { status, body } = await call(hub, 'POST', '/api/trust-rules', { token, body: { name: 'All of it', ...('purpose' in rule ? {} : { template }), ...rule } });
    expect([status, body['code']]).toEqual([422, 'trust.issuer_shared']);
    expect(body['detail']).toContain(missing);
  });

  it('WF-05: the same subject at another issuer, and the same issuer in another tenant, is somebody else', async () => {
    const other = await rig.platform('https://other-cluster.example');
    const here = await pod();
    await hub.do(new AddTrustRule({
      name: 'Other', preset: 'kubernetes', variables: { issuer: other.issuer, namespace: 'shop', service_account: here.account },
      template: { name: 'Pod', owner: { kind: 'team', id: 'team_x' }, tags: [], grantTypes: [JWT_BEARER], grants: [{ resourceId: notes, scopes: ['notes:read'] }] },
    }, hub.issuer, hub.context));
    const [mine, theirs] = [await redeem(await here.token()), await redeem(await here.token({ iss: other.issuer }, {}, other))];
    expect([mine.status, theirs.status]).toEqual([200, 200]);
    expect(claimsOf(mine.body['access_token'])['agent']).not.toBe(claimsOf(theirs.body['access_token'])['agent']);
    // Signed by the other cluster's key in the first one's name.
    expect(said(await redeem(await here.token({ iss: CLUSTER }, {}, other)))).toEqual([400, 'invalid_grant']);
    const tenant = await makeTenant(hub, 'federated');
    const there = await pod({ preset: 'kubernetes', variables: { issuer: CLUSTER, namespace: 'shop', service_account: here.account } }, tenant);
    expect(said(await redeem(await here.token(), {}, tenant.path))).toEqual([400, 'invalid_grant']);
    expect(said(await redeem(await there.token({ ...here.claims, aud: tenant.issuer })))).toEqual([400, 'invalid_grant']);
  });

  it('WF-05: one rule\'s workload is not another rule\'s, though they have one name', async () => {
    const shared = { issuer: CLUSTER, template: { name: 'Job', owner: { kind: 'team', id: 'team_x' }, tags: [], grantTypes: [JWT_BEARER], grants: [], identifiedBy: ['project'] } } as const;
    const strong = await pod({ ...shared, claims: [exactly('project', 'p'), exactly('stage', 'production')], template: { ...shared.template, grants: [{ resourceId: notes, scopes: ['notes:write'] }] } });
    const weak = await pod({ ...shared, claims: [exactly('project', 'p'), exactly('stage', 'test')] });
    const produced = await redeem(await strong.token({ project: 'p', stage: 'production' }));
    expect(claimsOf(produced.body['access_token'])['scope']).toBe('notes:write');
    expect(said(await redeem(await weak.token({ project: 'p', stage: 'test' })))).toEqual([400, 'invalid_grant']);
  });

  it('however long the claims are that tell workloads apart, an agent comes of them', async () => {
    const parts = ['a', 'b', 'c', 'd', 'e'];
    const template = { name: 'Job '.repeat(50), owner: { kind: 'team', id: 'team_x' }, tags: [], grantTypes: [JWT_BEARER], grants: [{ resourceId: notes, scopes: ['notes:read'] }], identifiedBy: parts } as const;
    const long = await pod({ issuer: CLUSTER, claims: [exactly('project', 'long')], template });
    const claims = Object.fromEntries(parts.map((part) => [part, '\u{1F4BB}'.repeat(300)]));
    expect(said(await redeem(await long.token({ project: 'long', ...claims })))).toEqual([200, 'issued']);
  });

  it.each(['none', 'HS256', 'foreign key', 'typ', 'id-jag typ', 'crit', 'jwk header', 'RS256 with an EC key', 'broken'])('WF-06: a token signed in a way that proves nothing (%s) is refused', async (how) => {
    const { token, claims } = await pod();
    const payload = { ...claims, iss: CLUSTER, iat: hub.inside.clock.seconds(), exp: hub.inside.clock.seconds() + 300, jti: 'x' };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const made: Readonly<Record<string, () => Promise<string>>> = {
      none: async () => `${part({ alg: 'none', kid: 'k1' })}.${part(payload)}.`,
      HS256: async () => new SignJWT(payload).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(new TextEncoder().encode(JSON.stringify(rig.cluster.key.jwk))),
      'foreign key': async () => token({}, { key: await platformKey('k1') }),
      typ: () => token({}, { header: { typ: 'at+jwt' } }),
      'id-jag typ': () => token({}, { header: { typ: 'oauth-id-jag+jwt' } }),
      crit: async () => `${part({ alg: 'ES256', kid: 'k1', crit: ['x'], x: 1 })}.${part(payload)}.${(await token()).split('.')[2]!}`,
      'jwk header': async () => token({}, { header: { jwk: rig.cluster.key.jwk } }),
      'RS256 with an EC key': async () => token({}, { key: { ...(await platformKey('k1', 'RS256')) } }),
      broken: async () => `${(await token()).slice(0, -8)}AAAAAAAA`,
    };
    const jwt = await made[how]!();
    expect(said(await asClient(jwt))).toEqual([401, 'invalid_client']);
    hub.inside.clock.advance(61);
    expect((await redeem(jwt)).status).toBeGreaterThanOrEqual(400);
    expect((await redeem(jwt)).body['access_token']).toBeUndefined();
  });

  it('WF-06: a key without alg is good for the one algorithm of its kind', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'plain' };
    rig.publish(rig.cluster, [jwk]);
    const { token } = await pod();
    const signed = (alg: string) => token({}, { header: { alg, kid: 'plain' }, key: { alg, jwk, privateKey: privateKey as never } });
    expect([said(await redeem(await signed('RS256'))), said(await redeem(await signed('PS256')))]).toEqual([[200, 'issued'], [400, 'invalid_grant']]);
    const confused = await new SignJWT({}).setProtectedHeader({ alg: 'HS256', kid: 'plain' }).sign(new TextEncoder().encode(await exportSPKI(publicKey as never)));
    expect(said(await redeem(confused))).toEqual([400, 'invalid_grant']);
  });

  it.each<readonly [string, (good: object) => unknown]>([
    ['more keys than anybody has', (good) => Array.from({ length: 101 }, () => good)], ['a secret key', (good) => [good, { kty: 'oct', k: 'c2VjcmV0', kid: 'k1' }]],
    ['a private key', (good) => [{ ...good, d: 'AAAA' }]], ['a short RSA key', () => [{ kty: 'RSA', n: 'q'.repeat(86), e: 'AQAB', kid: 'k1' }]],
    ['a giant exponent', () => [{ kty: 'RSA', n: 'q'.repeat(342), e: 'A'.repeat(342), kid: 'k1' }]], ['no list', () => 'keys'], ['nothing', () => []],
  ])('WF-08: an issuer that publishes %s is not believed, what it published last still is, and it is recorded', async (_, keys) => {
    const { token, ruleId } = await pod();
    expect(said(await redeem(await token()))).toEqual([200, 'issued']);
    hub.inside.documents.publish(JWKS, { keys: keys(rig.cluster.key.jwk) });
    hub.inside.clock.advance(601);
    expect(said(await redeem(await token()))).toEqual([200, 'issued']);
    expect((await hub.events('IssuerKeysRejected')).at(-1)?.data).toEqual({ ruleId, reason: 'trust.invalid' });
    // Nobody who starts anew takes any of it.
    expect(said(await redeem(await token({}, { key: await platformKey('k2') })))).toEqual([400, 'invalid_grant']);
  });

  it('WF-08: a discovery document of somebody else\'s is not followed', async () => {
    const { token } = await pod({ issuer: 'https://fresh.example', claims: [exactly('sub', 'x')] });
    const fresh = await PlatformIssuer.make('https://fresh.example', () => hub.inside.clock.seconds());
    hub.inside.documents.publish('https://fresh.example/.well-known/openid-configuration', { issuer: CLUSTER, jwks_uri: JWKS });
    const jwt = await token({ sub: 'x' }, {}, fresh);
    expect(said(await redeem(jwt))).toEqual([503, 'temporarily_unavailable']);
    expect(hub.inside.documents.asked.at(-1)).toBe('https://fresh.example/.well-known/openid-configuration');
  });

  it('WF-08: a thousand places are remembered: one that is read again takes no other\'s place, and a new one that of the oldest', async () => {
    const [kept, asked] = [new KeptKeys(hub.inside.clock), [] as number[]];
    const read = (place: number) => kept.of(`https://${place}.example/jwks`, async () => ({ jwks: String(asked.push(place)), maxAge: place === 500 ? 60 : 600 }));
    for (let place = 0; place < 1_000; place += 1) await read(place);
    hub.inside.clock.advance(61);
    for (const place of [500, 0, 1_000, 1, 0]) await read(place);
    expect(asked.slice(1_000)).toEqual([500, 1_000, 0]);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
