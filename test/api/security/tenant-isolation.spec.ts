import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegisterAgent, type RegisteredAgent } from '../../../src/commands/agents/register-agent.js';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { GiveGrant } from '../../../src/commands/grants/give-grant.js';
import { RegisterResource } from '../../../src/commands/resources/register-resource.js';
import { CreateTenant } from '../../../src/commands/tenants/create-tenant.js';
import { RegisterUser } from '../../../src/commands/users/register-user.js';
import { Write } from '../../../src/commands/write.js';
import { agent } from '../../../src/domain/agent/agent.decider.js';
import { SYSTEM } from '../../../src/domain/kernel/event.js';
import { streams } from '../../../src/domain/kernel/ids.js';
import { authorizeUrl, obtainCode, obtainTokens, pkce, redeem, refresh, signIn } from '../../support/code-flow.js';
import { EXCHANGE, type Service } from '../../support/exchange.js';
import type { Page } from '../../support/browser.js';
import { ANA, NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';
import { rawRequest, sendRaw } from '../../support/raw-http.js';
import { type Place, adminApiId, adminToken, call, callerWith, makeTenant } from '../admin/admin-rig.js';
import { sourcesUnder } from '../../architecture/repository.js';

const OWNER = { kind: 'team', id: 'team_test' } as const;

/** Threats 3.22 (MT): what is one tenant's is nothing at another. */
describe('tenants', () => {
  let hub: TestHub;
  let beta: Place;
  let resourceId: string;
  let ana: string;
  let app: string;
  let atBeta: { readonly publicClient: string; readonly service: Service; readonly resourceId: string };

  const at = { post: (path: string, ...rest: [Record<string, string>, Record<string, string>?]) => hub.post(`${beta.path}${path}`, ...rest) };
  const crossed = async () => (await hub.events('TenantCrossed')).map(({ tenant, data }) => [tenant, data]);
  const noted = (agentId: string, what: string) => [hub.context.tenant, { agentId, what, reason: 'tenant.crossing' }];
  const introspect = async (token: string, place: { post: TestHub['post'] } = hub, who?: Service) =>
    (await place.post('/introspect', { token }, who ? basic(who.clientId, who.clientSecret) : undefined)).body['active'];

  beforeAll(async () => {
    hub = await startHub();
    beta = await makeTenant(hub, 'beta');
    resourceId = await hub.resource();
    ana = await hub.user();
    app = (await hub.agent(PUBLIC_CLIENT, 'App')).clientId;
    const register = (name: string, metadata: typeof PUBLIC_CLIENT) => hub.do(new RegisterAgent({ name, metadata }, OWNER, beta.context));
    const { resourceId: betas } = await hub.do(new RegisterResource(NOTES, beta.context));
    const service = (await register('Service', { ...SERVICE_CLIENT, grantTypes: ['client_credentials', EXCHANGE] })) as Service;
    await hub.do(new GiveGrant({ agentId: service.agentId, principal: { kind: 'agent', id: service.agentId }, resourceId: betas, scopes: ['notes:read'] }, beta.context));
    atBeta = { publicClient: (await register('App', PUBLIC_CLIENT)).clientId, service, resourceId: betas };
  });
  afterAll(() => hub.close());

  describe('MT-01, CO-06: what was handed out by one counts for nothing at the other, and its owner\'s ledger has that it was brought there', () => {
    it('an access token, at every door', async () => {
      const own = (await hub.service(resourceId, ['notes:read'])) as Service;
      const accessToken = (await hub.clientCredentials(own, { resource: NOTES.uri })).body['access_token'] as string;
      const { token: admins, agentId: console } = await adminToken(hub);
      const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
      expect(await introspect(accessToken, hub, own)).toBe(true);
      expect(await introspect(accessToken, at as never, atBeta.service)).toBe(false);
      expect((await hub.fetch(`${beta.path}/userinfo`, { headers: bearer(accessToken) })).status).toBe(401);
      expect((await hub.fetch(`${beta.path}/api/agents`, { headers: bearer(admins) })).status).toBe(401);
      expect((await hub.fetch(`${beta.path}/events`, { headers: bearer(admins) })).status).toBe(401);
      expect((await hub.fetch(`${beta.path}/connections/x/forward/api.example.com/`, { headers: bearer(accessToken) })).status).toBe(401);
      const { clientId, clientSecret } = atBeta.service;
      const subject = { grant_type: EXCHANGE, subject_token: accessToken, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
      expect((await at.post('/token', subject, basic(clientId, clientSecret))).body['error']).toBe('invalid_request');
      expect((await at.post('/revoke', { token: accessToken, client_id: atBeta.publicClient })).status).toBe(200);
      expect(await introspect(accessToken, hub, own)).toBe(true);
      expect(await crossed()).toEqual([noted(own.agentId, 'access_token'), noted(console, 'access_token')]);
    });

    it('a code, which still serves its own client at home', async () => {
      const before = (await crossed()).length;
      const obtained = await obtainCode(hub, app);
      const there = { grant_type: 'authorization_code', client_id: atBeta.publicClient, code: obtained.code, code_verifier: obtained.verifier, redirect_uri: PUBLIC_CLIENT.redirectUris[0]! };
      for (let n = 0; n < 3; n += 1) expect((await at.post('/token', there)).body).toMatchObject({ error: 'invalid_grant' });
      expect((await crossed()).slice(before)).toEqual([noted(app, 'code')]);
      expect((await redeem(hub, app, obtained)).status).toBe(200);
    });

    it('a refresh token, which ends no family', async () => {
      const before = (await crossed()).length;
      const { refreshToken } = await obtainTokens(hub, app);
      const there = { grant_type: 'refresh_token', client_id: atBeta.publicClient, refresh_token: refreshToken };
      expect((await at.post('/token', there)).body).toMatchObject({ error: 'invalid_grant' });
      expect((await at.post('/revoke', { token: refreshToken, client_id: atBeta.publicClient })).status).toBe(200);
      expect((await crossed()).slice(before)).toEqual([noted(app, 'refresh_token')]);
      expect((await refresh(hub, app, refreshToken)).status).toBe(200);
    });

    it('what only looks like another tenant\'s is noise, and writes nothing', async () => {
      const { code, verifier } = await obtainCode(hub, app);
      const { accessToken, refreshToken } = await obtainTokens(hub, app);
      const before = (await hub.events()).length;
      const altered = (text: string) => text.slice(0, -3) + (text.endsWith('AAA') ? 'BBB' : 'AAA');
      const fields = { client_id: atBeta.publicClient, code_verifier: verifier, redirect_uri: PUBLIC_CLIENT.redirectUris[0]! };
      await at.post('/token', { grant_type: 'authorization_code', code: altered(code), ...fields });
      await at.post('/token', { grant_type: 'refresh_token', refresh_token: altered(refreshToken), ...fields });
      await introspect(altered(accessToken), at as never, atBeta.service);
      const claims = Buffer.from(JSON.stringify({ tenant: `tnt_${'x'.repeat(40_000)}`, iss: hub.issuer })).toString('base64url');
      await introspect(`e30.${claims}.AA`, at as never, atBeta.service);
      expect((await hub.events()).length).toBe(before);
    });

    it('a session and the pages made for it', async () => {
      const browser = hub.browser();
      const { clientId } = await hub.agent(PUBLIC_CLIENT, 'Fresh');
      const page = await signIn(browser, await browser.open(authorizeUrl(clientId, pkce().challenge)));
      for (const name of ['session', 'browser']) browser.setCookie(`mandate_${name}_beta`, browser.cookie(`mandate_${name}_default`)!);
      expect((await browser.open(`${beta.path}${authorizeUrl(atBeta.publicClient, pkce().challenge)}`)).html).toContain('name="password"');
      const moved = { ...page, html: page.html.replaceAll('action="', `action="${beta.path}`) };
      expect([400, 403]).toContain((await browser.submit(moved, '/consent', { decision: 'allow' })).status);
    });

    it('a client', async () => {
      const page = await hub.browser().open(`${beta.path}${authorizeUrl(app, pkce().challenge)}`);
      expect([page.status, page.location]).toEqual([400, undefined]);
      expect((await at.post('/token', { grant_type: 'client_credentials' }, basic(atBeta.service.clientId, 'wrong'))).status).toBe(401);
      const own = await hub.service(resourceId, ['notes:read']);
      expect((await at.post('/token', { grant_type: 'client_credentials' }, basic(own.clientId, own.clientSecret))).status).toBe(401);
    });
  });

  describe('AD-02: an id of another tenant is an id that nobody has, wherever it stands', () => {
    const crossings = async (agentId: string) => (await hub.events('ApiCallRefused')).filter(({ data }) => (data as { agentId: string }).agentId === agentId).map(({ data }) => data);

    it('in a path, in a body and inside of it; it is recorded as what it is, and a mistake is not', async () => {
      const { token, agentId } = await adminToken(hub, { place: beta });
      const admin = callerWith(hub, token);
      const own = atBeta.service.agentId;
      expect(await admin.get(`${beta.path}/api/agents/${app}`)).toMatchObject({ status: 404, body: { code: 'agent.unknown' } });
      expect(await admin.post(`${beta.path}/api/grants`, { agent_id: own, resource_id: resourceId, scopes: ['notes:read'] })).toMatchObject({ status: 404, body: { code: 'resource.unknown' } });
      expect(await admin.post(`${beta.path}/api/agents/${own}/owner`, { owner: { kind: 'user', id: ana } })).toMatchObject({ status: 404, body: { code: 'user.unknown' } });
      expect(await crossings(agentId)).toEqual(['readAgent', 'giveGrant', 'changeAgentOwner'].map((operation) => ({ agentId, operation, reason: 'tenant.crossing' })));
      await admin.get(`${beta.path}/api/users/usr_nobody`);
      await admin.post(`${beta.path}/api/users/usr_nobody/disable`, { reason: 'r' });
      expect(await crossings(agentId)).toHaveLength(3);
      // Nothing of what it was about has changed.
      expect((await hub.events('AgentOwnerChanged', 'AgentSuspended')).filter(({ tenant }) => tenant === hub.context.tenant)).toEqual([]);
    });

    it('also for a command that lost a race: what stands in the other tenant\'s stream is never taken for its own', async () => {
      const write = hub.inside.app.get(Write, { strict: false });
      const registration = { agentId: app, clientId: app, name: 'Mine now', owner: OWNER, method: 'admin' as const, metadata: PUBLIC_CLIENT, metadataDigest: 'd' };
      const before = await hub.inside.ledger.readStream(streams.agent(app));
      await expect(write.to(agent, streams.agent(app), { type: 'RegisterAgent', registration }, beta.context)).rejects.toMatchObject({ code: 'conflict.concurrent', detail: 'tenant.crossing' });
      expect(await hub.inside.ledger.readStream(streams.agent(app))).toEqual(before);
      await hub.do(new ChangeAgent(app, { type: 'ChangeTags', tags: ['still-ours'] }, hub.context));
    });
  });

  it('AD-04: an identity in a header, a body or a query is none', async () => {
    const claims = { 'x-user-id': ana, 'x-tenant-id': hub.context.tenant, 'x-forwarded-user': ana, 'x-authenticated-userid': ana };
    expect((await call(hub, 'GET', `/api/agents/${app}?userId=${ana}`, { headers: claims })).status).toBe(401);
    expect((await call(hub, 'POST', '/api/agents', { headers: claims, body: { userId: ana, tenantId: hub.context.tenant, name: 'x' } })).status).toBe(401);
  });

  it('MT-02: the same person, resource, client address and slug-like names in two tenants have nothing to do with each other', async () => {
    const url = 'https://agent.example/client.json';
    hub.inside.documents.publish(url, { client_id: url, client_name: 'Travelling', redirect_uris: [PUBLIC_CLIENT.redirectUris[0]], token_endpoint_auth_method: 'none' });
    await hub.do(new RegisterUser({ ...ANA, roles: [], password: 'another password at beta' }, beta.context));
    const open = async (path: string, password: string) => {
      const browser = hub.browser();
      return signIn(browser, await browser.open(`${path}${authorizeUrl(url, pkce().challenge)}`), { ...ANA, password });
    };
    expect((await open('', 'another password at beta')).status).toBe(401);
    expect((await open('', ANA.password)).html).toContain('name="decision"');
    expect((await open(beta.path, ANA.password)).status).toBe(401);
    const home = await obtainTokens(hub, url);
    const registered = (await hub.events('AgentRegistered')).find(({ data }) => (data as { clientId: string }).clientId === url)!.data as { agentId: string };
    await hub.do(new ChangeAgent(registered.agentId, { type: 'SuspendAgent', reason: 'test' }, hub.context));
    expect((await refresh(hub, url, home.refreshToken)).status).toBe(400);
    expect((await open(beta.path, 'another password at beta')).html).toContain('name="decision"');
    expect(atBeta.resourceId).not.toBe(resourceId);
  });

  describe('MT-03: where host and path name different tenants, neither wins', () => {
    const HOST = 'id.gamma.example';
    beforeAll(async () => {
      await hub.do(new CreateTenant({ slug: 'gamma', name: 'Gamma', host: HOST, issuer: `http://${HOST}` }, { actor: SYSTEM, correlationId: 'test' }));
    });
    const get = (path: string, host = HOST, headers: readonly string[] = []) => sendRaw(hub.issuer, rawRequest(`GET ${path}`, [`Host: ${host}`, ...headers]));
    const issuerAt = async (...of: Parameters<typeof get>) => (JSON.parse((await get(...of)).body) as { issuer: string }).issuer;

    it.each(['/t/beta/jwks', '/t/default/jwks', '/t/beta/authorize', '/t/beta/api/agents', '/t/beta/my/agents', '/.well-known/oauth-authorization-server/t/beta', '/t/nobody/jwks'])('%s at the host of another is 400', async (path) => {
      const { status, body } = await get(path);
      expect([path, status]).toEqual([path, 400]);
      expect(body).not.toContain(beta.context.tenant);
    });

    it('one that is named twice alike is named, and no header names any', async () => {
      expect(await issuerAt('/t/gamma/.well-known/oauth-authorization-server')).toBe(`http://${HOST}`);
      const lies = [`X-Forwarded-Host: ${HOST}`, 'X-Tenant: gamma', 'X-Tenant-Id: gamma', `Forwarded: host=${HOST}`];
      expect(await issuerAt('/.well-known/oauth-authorization-server', new URL(hub.issuer).host, lies)).toBe(hub.issuer);
      expect(await issuerAt('/t/beta/.well-known/oauth-authorization-server', new URL(hub.issuer).host, lies)).toBe(beta.issuer);
    });
  });

  it('MT-04: every read of a read model names its tenant; only the deployment\'s own lists and jobs cross them, and say so', () => {
    const reading = sourcesUnder('src').filter(({ text }) => text.includes('createQueryBuilder('));
    expect(reading.map(({ path }) => path)).toEqual(['src/projections/read-models.ts']);
    const crossing = sourcesUnder('src').filter(({ text }) => text.includes('tenant: EVERY_TENANT'));
    expect(crossing.map(({ path }) => path)).toEqual(['src/projections/approvals/approvals.queries.ts', 'src/projections/credentials/credentials.queries.ts', 'src/projections/tenants/tenants.queries.ts']);
  });

  describe('MT-06: a suspended tenant', () => {
    const person = { email: 'bo@delta.example', name: 'Bo', password: 'a long enough password' };
    let delta: Place;
    let tokens: { clientId: string; accessToken: string; refreshToken: string };
    let bots: RegisteredAgent & { clientSecret?: string };
    let session: ReturnType<TestHub['browser']>;
    let boss: ReturnType<typeof callerWith>;
    let operator: ReturnType<typeof callerWith>;
    const there = { post: (path: string, ...rest: [Record<string, string>, Record<string, string>?]) => hub.post(`${delta.path}${path}`, ...rest) };
    const suspension = (what: 'suspend' | 'resume') => operator.post(`/api/tenants/${delta.context.tenant}/${what}`, what === 'suspend' ? { reason: 'unpaid' } : {});

    beforeAll(async () => {
      delta = await makeTenant(hub, 'delta');
      operator = callerWith(hub, (await adminToken(hub)).token);
      boss = callerWith(hub, (await adminToken(hub, { place: delta })).token);
      await hub.do(new RegisterUser({ ...person, roles: [] }, delta.context));
      const { resourceId: notes } = await hub.do(new RegisterResource(NOTES, delta.context));
      const { clientId } = await hub.do(new RegisterAgent({ name: 'App', metadata: PUBLIC_CLIENT }, OWNER, delta.context));
      bots = (await hub.do(new RegisterAgent({ name: 'Bot', metadata: { ...SERVICE_CLIENT, grantTypes: ['client_credentials', EXCHANGE] } }, OWNER, delta.context)));
      await hub.do(new GiveGrant({ agentId: bots.agentId, principal: { kind: 'agent', id: bots.agentId }, resourceId: notes, scopes: ['notes:read'] }, delta.context));
      session = hub.browser();
      const { challenge, verifier } = pkce();
      const consent = await signIn(session, await session.open(`${delta.path}${authorizeUrl(clientId, challenge)}`), person);
      const back = await session.submit(consent, '/consent', { decision: 'allow' });
      const code = new URL(back.location!).searchParams.get('code')!;
      const { body } = await there.post('/token', { grant_type: 'authorization_code', client_id: clientId, code, code_verifier: verifier, redirect_uri: PUBLIC_CLIENT.redirectUris[0]! });
      const ofItsOwn = await there.post('/token', { grant_type: 'client_credentials', resource: NOTES.uri }, basic(bots.clientId, bots.clientSecret!));
      tokens = { clientId, accessToken: ofItsOwn.body['access_token'] as string, refreshToken: body['refresh_token'] as string };
    });

    const doors = async () => {
      const mine = basic(bots.clientId, bots.clientSecret!);
      const browser = hub.browser();
      const authorize = `${delta.path}${authorizeUrl(tokens.clientId, pkce().challenge)}`;
      const shown = ({ status, html, location }: Page): string => (location?.includes('code=') ? 'a code' : html.includes('name="password"') ? 'sign-in' : String(status));
      return {
        issue: (await there.post('/token', { grant_type: 'client_credentials', resource: NOTES.uri }, mine)).status,
        refresh: (await there.post('/token', { grant_type: 'refresh_token', client_id: tokens.clientId, refresh_token: tokens.refreshToken })).status,
        introspect: (await there.post('/introspect', { token: tokens.accessToken }, mine)).body['active'],
        admin: (await boss.get(`${delta.path}/api/tenant`)).status,
        register: (await hub.fetch(`${delta.path}/register`, { method: 'POST', body: JSON.stringify({ redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'none' }), headers: { 'content-type': 'application/json' } })).status,
        signIn: shown(await signIn(browser, await browser.open(authorize), person)),
        session: shown(await session.open(authorize)),
        jwks: (await hub.fetch(`${delta.path}/jwks`)).status,
      };
    };

    it('signs nobody in, takes nobody\'s session, issues, refreshes and registers nothing, and what it gave is inactive; resumed, it goes on', async () => {
      const open = { issue: 200, refresh: 200, introspect: true, admin: 200, register: 201, signIn: 'a code', session: 'a code', jwks: 200 };
      expect(await doors()).toEqual(open);
      expect(await suspension('suspend')).toMatchObject({ status: 200, body: { status: 'suspended' } });
      expect(await doors()).toEqual({ issue: 400, refresh: 400, introspect: false, admin: 401, register: 403, signIn: '403', session: 'sign-in', jwks: 200 });
      expect((await hub.events('UserSignedIn')).filter(({ tenant }) => tenant === delta.context.tenant)).toHaveLength(2);
      expect((await hub.events('SignInRefused')).at(-1)).toMatchObject({ tenant: delta.context.tenant, data: { reason: 'tenant.suspended' } });
      const own = async (type: string) => (await hub.events(type)).filter(({ tenant }) => tenant === delta.context.tenant).map(({ data }) => data);
      expect(await own('TenantSuspended')).toMatchObject([{ reason: 'unpaid' }]);
      expect(await own('TokenRefused')).toMatchObject([{ agentId: bots.agentId, reason: 'tenant.suspended' }, { grantType: 'refresh_token', reason: 'tenant.suspended' }]);
      expect(await suspension('resume')).toMatchObject({ status: 200, body: { status: 'active' } });
      expect(await doors()).toEqual(open);
    });

    it('was suspended by somebody and for a reason that the ledger has; only the deployment can, and not itself', async () => {
      expect((await hub.events('TenantSuspended')).at(-1)).toMatchObject({ tenant: delta.context.tenant, data: { reason: 'unpaid' }, actor: { kind: 'user', act: { kind: 'agent' } } });
      expect(await boss.post(`${delta.path}/api/tenants/${beta.context.tenant}/suspend`, { reason: 'r' })).toMatchObject({ status: 403 });
      expect(await operator.post('/api/tenants/tnt_default/suspend', { reason: 'r' })).toMatchObject({ status: 409, body: { code: 'tenant.protected' } });
      expect(await operator.post('/api/tenants/tnt_nobody/suspend', { reason: 'r' })).toMatchObject({ status: 404, body: { code: 'tenant.unknown' } });
    });
  });

  it('the admin API of each is a resource of its own', () => expect(adminApiId(hub, beta)).not.toBe(adminApiId(hub)));

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
