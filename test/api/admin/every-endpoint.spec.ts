import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { DefineConnection } from '../../../src/commands/connections/define-connection.js';
import { StoreKey } from '../../../src/commands/credentials/store-key.js';
import { AddTrustRule } from '../../../src/commands/trust/add-trust-rule.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { takesNothing, type Endpoint } from '../../../src/api/admin/endpoint.js';
import { NOTES, type TestHub, startHub } from '../../support/hub.js';
import { WorkforceIdp } from '../../support/workforce-idp.js';
import { type Client, Approvals, REFUND } from '../approvals/approvals-rig.js';
import { EVERY_SCOPE, type Place, adminToken, call, callerWith, endpoints, makeTenant, makeUser, userToken } from './admin-rig.js';
import { BODIES } from './bodies.js';

const bodyFor = ({ name, body }: Endpoint): { body?: object } => (takesNothing(body) ? {} : { body: BODIES[name]! });
const cases = endpoints.map((endpoint) => [`${endpoint.verb} /${endpoint.path}`, endpoint] as const);

/** As it is written: fetch would tidy the path up. */
const statusOf = ({ issuer }: TestHub, method: string, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(issuer);
    request({ hostname, port, method, path }, (answer) => resolve(answer.resume().statusCode!)).on('error', reject).end();
  });

/** A connection by key with a key that is held for the tenant. */
const heldKey = async (hub: TestHub): Promise<{ connection_id: string; credential_id: string }> => {
  const draft = { heldBy: 'tenant', apiKey: { placement: 'header', name: 'x-key' }, origins: ['https://api.example.com'] } as const;
  const { connectionId } = await hub.do(new DefineConnection(hub.issuer, 'keyed', draft, hub.context));
  const { credentialId } = await hub.do(new StoreKey(connectionId, { kind: 'tenant', id: hub.context.tenant }, { key: 'a-key-of-a-service' }, hub.context));
  return { connection_id: connectionId, credential_id: credentialId };
};

const publishedKey = async (hub: TestHub): Promise<string> =>
  ((await (await hub.fetch('/jwks')).json()) as { keys: readonly { kid: string }[] }).keys[0]!.kid;

const trustRule = async (hub: TestHub, agentId: string): Promise<string> => {
  const claims = [{ claim: 'sub', match: 'exact', values: ['"x"'] }] as const;
  return (await hub.do(new AddTrustRule({ name: 'Cluster', issuer: 'https://cluster.example', claims, agentId }, hub.issuer, hub.context))).ruleId;
};

/** What is named is always confirmed, whatever policy says. */
const approval = async (hub: TestHub, service: Pick<Client, 'clientId' | 'clientSecret'>): Promise<string> =>
  new Approvals(hub).idOf(await hub.clientCredentials(service, { resource: NOTES.uri, scope: 'notes:read', authorization_details: REFUND }));

describe('AD-01: every endpoint of the admin API', () => {
  let hub: TestHub;
  let ids: Record<string, string>;
  let other: Place;
  let admin: string;
  let idp: WorkforceIdp;
  /** What has to stand in the ledger in the end: whose agent was refused what, and why. */
  const refusals: { readonly agentId: string; readonly operation: string; readonly reason: string }[] = [];
  const filled = ({ path }: Endpoint, values = ids): string => `/${path.replaceAll(/:(\w+)/g, (_, name: string) => values[name]!)}`;
  const knock = (endpoint: Endpoint, token?: string, path = filled(endpoint)) =>
    call(hub, endpoint.verb.toUpperCase(), path, { ...(token === undefined ? {} : { token }), ...bodyFor(endpoint) });

  beforeAll(async () => {
    hub = await startHub({ allowLoopback: true });
    idp = await WorkforceIdp.start({ clients: [] });
    other = await makeTenant(hub, 'other');
    const { token, agentId, userId } = await adminToken(hub);
    admin = token;
    const resourceId = await hub.resource();
    const { grantId, ...service } = await hub.service(resourceId, ['notes:read']);
    ids = { agent_id: agentId, user_id: userId, resource_id: resourceId, grant_id: grantId, version: '1', tenant_id: other.context.tenant, kid: await publishedKey(hub), rule_id: await trustRule(hub, agentId), ...(await heldKey(hub)) };
    ids['approval_id'] = await approval(hub, service);
    const provider = await callerWith(hub, admin).post('/api/identity-providers', { ...BODIES['setIdentityProvider'], issuer: idp.issuer });
    ids['provider_id'] = provider.body['provider_id'] as string;
  });
  afterAll(async () => {
    await idp.close();
    await hub.close();
  });

  it('is listed, and takes a body that is listed here', () => {
    expect(cases.length).toBeGreaterThan(30);
    expect(endpoints.filter(({ body }) => !takesNothing(body)).map(({ name }) => name).filter((name) => BODIES[name] === undefined)).toEqual([]);
  });

  it.each(cases)('%s sends whoever has no token to where one is to be had', async (_, endpoint) => {
    const { status, headers, body } = await knock(endpoint);
    expect([status, body['code'], headers.get('content-type')]).toEqual([401, 'token.invalid', 'application/problem+json; charset=utf-8']);
    const metadata = `${hub.issuer}/.well-known/oauth-protected-resource/api`;
    expect(headers.get('www-authenticate')).toBe(`Bearer scope="${endpoint.scope}", resource_metadata="${metadata}"`);
    expect(await (await fetch(metadata)).json()).toMatchObject({ resource: `${hub.issuer}/api`, authorization_servers: [hub.issuer] });
  });

  it.each(cases)('%s takes no token for another audience', async (_, endpoint) => {
    const { token } = await userToken(hub, await makeUser(hub, ['admin']), { resourceId: ids['resource_id']!, scopes: ['notes:read'] });
    const { status, headers } = await knock(endpoint, token);
    expect([status, headers.get('www-authenticate')?.startsWith('Bearer error="invalid_token"')]).toEqual([401, true]);
  });

  it.each(cases)('%s needs its own scope, not the others', async (_, endpoint) => {
    const { token, agentId } = await adminToken(hub, { scopes: EVERY_SCOPE.filter((scope) => scope !== endpoint.scope) });
    const { status, headers, body } = await knock(endpoint, token);
    expect([status, body['code']]).toEqual([403, 'insufficient_scope']);
    refusals.push({ agentId, operation: endpoint.name, reason: 'insufficient_scope' });
    expect(headers.get('www-authenticate')).toContain(`Bearer error="insufficient_scope", scope="${endpoint.scope}", resource_metadata=`);
  });

  it.each(cases.filter(([, { verb }]) => verb !== 'get'))('%s is closed to auditors, whatever they agreed to', async (_, endpoint) => {
    const { token } = await userToken(hub, await makeUser(hub, ['auditor']));
    expect(await knock(endpoint, token)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
  });

  it.each(cases)('%s closes with the agent\'s suspension and with the person\'s role', async (_, endpoint) => {
    const [one, two] = [await adminToken(hub), await adminToken(hub)];
    await hub.do(new ChangeAgent(one.agentId, { type: 'SuspendAgent', reason: 'test' }, hub.context));
    await hub.do(new ChangeUser(two.userId, { type: 'ChangeRoles', roles: [] }, hub.context));
    expect([(await knock(endpoint, one.token)).status, (await knock(endpoint, two.token)).status]).toEqual([401, 401]);
  });

  it.each(cases)('%s is closed to the administrators of another tenant', async (_, endpoint) => {
    const { token } = await adminToken(hub, { place: other });
    expect((await knock(endpoint, token)).status).toBe(401);
    // And the other way round: at home in one tenant, a stranger at the other's door.
    expect((await knock(endpoint, admin, other.path + filled(endpoint))).status).toBe(401);
  });

  it.each(cases.filter(([, { path }]) => /:(?!version|tenant_id)/.test(path)))('%s answers for an id of another tenant as for one that nobody has', async (_, endpoint) => {
    const { token, agentId } = await adminToken(hub, { place: other });
    const nobodys = { agent_id: 'agt_nobody', user_id: 'usr_nobody', resource_id: 'res_nobody', grant_id: 'gnt_nobody', connection_id: 'con_nobody', credential_id: 'crd_nobody', kid: 'nobody', rule_id: 'trs_nobody', approval_id: 'apr_nobody', version: '1' };
    const [foreign, unknown, impossible] = await Promise.all([
      knock(endpoint, token, other.path + filled(endpoint)),
      knock(endpoint, token, other.path + filled(endpoint, nobodys)),
      knock(endpoint, token, other.path + filled(endpoint, { agent_id: 'agt_%00', user_id: '~', resource_id: '%24all', grant_id: 'agt_1', connection_id: 'res_1', credential_id: 'con_1', kid: '~', rule_id: 'agt_1', approval_id: 'agt_1', version: '1' })),
    ]);
    expect(foreign.status).toBe(404);
    const { requestId: _one, ...told } = foreign.body;
    expect(unknown).toMatchObject({ status: 404, body: told });
    expect(impossible).toMatchObject({ status: 404, body: told });
    // AD-02: told alike, and recorded as what it was. Keys, rules and providers stand in a stream of their tenant, so whose a foreign id is nobody looks up.
    if (!/:(kid|rule_id|provider_id)/.test(endpoint.path)) refusals.push({ agentId, operation: endpoint.name, reason: 'tenant.crossing' });
  });

  it.each(cases.filter(([, { body }]) => !takesNothing(body)))('%s names the member that it does not know', async (_, endpoint) => {
    const { status, body } = await call(hub, endpoint.verb.toUpperCase(), filled(endpoint), { token: admin, body: { ...BODIES[endpoint.name], tenant_id: 'x' } });
    expect([status, body['code']]).toEqual([422, 'request.invalid']);
    expect(body['detail']).toContain('tenant_id is not known here');
  });

  it.each(cases)('%s refuses query parameters that it does not know', async (_, endpoint) => {
    const { status, body } = await knock(endpoint, admin, `${filled(endpoint)}?tenant=tnt_default`);
    expect([status, body['code'], body['detail']]).toEqual([400, 'query.invalid', 'The query is not valid. tenant is not known here.']);
  });

  it.each(cases.filter(([, { verb }]) => verb !== 'get'))('%s reads JSON and nothing that looks like it', async (_, endpoint) => {
    const send = (contentType: string) => hub.fetch(filled(endpoint), {
      method: endpoint.verb.toUpperCase(), body: JSON.stringify(BODIES[endpoint.name] ?? {}), headers: { authorization: `Bearer ${admin}`, 'content-type': contentType },
    });
    expect((await send('text/plain')).status).toBe(415);
    expect((await send('application/x-www-form-urlencoded')).status).toBe(415);
  });

  it.each(cases)('%s has one spelling', async (_, endpoint) => {
    const path = filled(endpoint);
    const spellings = [`${path}/`, `/${path}`, path.replace('/', '/%2e/'), `${path};x=1`, path.toUpperCase(), `${path}%2F`];
    // Without a token: whatever is let through has another way in.
    for (const spelling of spellings) expect([spelling, [401, 404].includes(await statusOf(hub, endpoint.verb.toUpperCase(), spelling))]).toEqual([spelling, true]);
    expect((await hub.fetch(path, { method: 'HEAD' })).status).toBe(404);
    expect((await hub.fetch(path, { method: 'OPTIONS' })).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('has each refusal and each crossing in the ledger, with its reason', async () => {
    const noted = (await hub.events('ApiCallRefused')).map(({ data }) => JSON.stringify(data));
    expect(refusals.length).toBeGreaterThan(60);
    expect(refusals.filter((one) => !noted.includes(JSON.stringify(one)))).toEqual([]);
  });

  it('never makes the hub fail', () => {
    expect(hub.inside.failures).toEqual([]);
  });
});
