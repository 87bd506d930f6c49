import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestHub, startHub } from '../../support/hub.js';
import { WorkforceIdp } from '../../support/workforce-idp.js';
import { adminToken, agentToken, callerWith, letAgentsIn, makeUser } from './admin-rig.js';

const SECRET = 'workforce-secret-canary';

describe('identity providers over the admin API', () => {
  let hub: TestHub;
  let idp: WorkforceIdp;
  let admin: ReturnType<typeof callerWith>;
  const draft = (change: object = {}) => ({ name: 'acme', title: 'Acme', issuer: idp.issuer, client_id: 'hub', client_secret: SECRET, ...change });
  const idOf = async (): Promise<string> => ((await admin.get('/api/identity-providers')).body['items'] as { provider_id: string }[])[0]!.provider_id;

  beforeAll(async () => {
    hub = await startHub({ allowLoopback: true });
    idp = await WorkforceIdp.start({ clients: [] });
    admin = callerWith(hub, (await adminToken(hub)).token);
  });
  afterAll(async () => {
    await idp.close();
    await hub.close();
  });

  it('sets one by asking its issuer, says what to register there, and shows everything but the secret', async () => {
    const acr_mapping = [{ claim: 'acr', value: 'phr', acr: 'urn:mandate:acr:3' }];
    const { status, body } = await admin.post('/api/identity-providers', draft({ role_mapping: [{ claim: 'groups', value: 'finance', role: 'clerk' }], acr_mapping }));
    expect(body['acr_mapping']).toEqual(acr_mapping);
    for (const acr of ['urn:mandate:acr:1', 'phr']) expect((await admin.post('/api/identity-providers', draft({ acr_mapping: [{ claim: 'acr', value: 'phr', acr }] }))).status).toBe(422);
    expect([status, body['has_secret'], body['redirect_uri']]).toEqual([200, true, `${hub.issuer}/sign-in/with/acme/callback`]);
    expect(body['endpoints']).toMatchObject({ token: `${idp.issuer}/token`, answers_with_issuer: true });
    expect((await admin.get(`/api/identity-providers/${body['provider_id'] as string}`)).body).toEqual(body);
    expect(JSON.stringify([body, await hub.events()])).not.toContain(SECRET);
  });

  it('makes a key of its own for a provider that asks for one, and shows its public half', async () => {
    const other = await WorkforceIdp.start({ clients: [] });
    const { body } = await admin.post('/api/identity-providers', draft({ name: 'keyed', issuer: other.issuer, client_authentication: 'private_key_jwt', client_secret: undefined }));
    expect(body).toMatchObject({ has_secret: true, public_jwk: { kty: 'EC', crv: 'P-256' } });
    expect(body['public_jwk']).not.toHaveProperty('d');
    expect((await admin.post(`/api/identity-providers/${body['provider_id'] as string}/remove`, { reason: 'a test' })).status).toBe(200);
    await other.close();
  });

  it.each([
    ['another issuer', { issuer: 'https://evil.example' }, 'idp.invalid'],
    ['a script for an endpoint', { authorization_endpoint: 'javascript:alert(1)' }, 'idp.invalid'],
    ['an endpoint without TLS elsewhere', { token_endpoint: 'http://10.0.0.1/token' }, 'idp.invalid'],
    ['only a symmetric algorithm', { id_token_signing_alg_values_supported: ['HS256'] }, 'idp.invalid'],
  ])('refuses metadata that names %s (DM-06)', async (_, metadata, code) => {
    idp.metadata = metadata;
    expect(await admin.post('/api/identity-providers', draft())).toMatchObject({ status: 422, body: { code } });
    idp.metadata = {};
  });

  it('keeps the endpoints that were accepted, and a test tells what changed since (DM-06)', async () => {
    const id = await idOf();
    expect((await admin.post(`/api/identity-providers/${id}/test`)).body).toEqual({ problems: [], keys: 1, differences: [] });
    idp.metadata = { jwks_uri: `${idp.issuer}/elsewhere` };
    expect((await admin.post(`/api/identity-providers/${id}/test`)).body['differences']).toEqual([{ endpoint: 'jwks', accepted: `${idp.issuer}/jwks`, found: `${idp.issuer}/elsewhere` }]);
    idp.metadata = {};
    idp.away = true;
    expect((await admin.post(`/api/identity-providers/${id}/test`)).body['problems']).toHaveLength(3);
    expect((await admin.post('/api/identity-providers', draft())).body).toMatchObject({ code: 'idp.unreachable' });
    idp.away = false;
    expect((await admin.get(`/api/identity-providers/${id}`)).body['endpoints']).toMatchObject({ jwks: `${idp.issuer}/jwks` });
  });

  it('lets nobody make administrators by a mapping who is none, nor unmake them by setting the first mapping or removing such a one', async () => {
    const mapping = draft({ role_mapping: [{ claim: 'groups', value: 'it', role: 'admin' }] });
    await letAgentsIn(hub);
    const robot = callerWith(hub, (await agentToken(hub, { scopes: ['sign-in:write', 'directory:read'] })).token);
    expect(await robot.post('/api/identity-providers', mapping)).toMatchObject({ status: 403, body: { code: 'admin.escalation' } });
    const part = callerWith(hub, (await adminToken(hub, { scopes: ['sign-in:write', 'directory:read'] })).token);
    const unmaking = draft({ role_mapping: [{ claim: 'groups', value: 'nobody', role: 'clerk' }] });
    expect((await part.post('/api/identity-providers', draft())).status).toBe(200);
    expect(await part.post('/api/identity-providers', unmaking)).toMatchObject({ status: 403, body: { code: 'admin.escalation' } });
    // What counts as a second factor is what policies ask for: who may not write those says no more of it, and may leave it as it is.
    const acr_mapping = [{ claim: 'amr', value: 'pwd', acr: 'urn:mandate:acr:3' }];
    expect(await part.post('/api/identity-providers', draft({ acr_mapping }))).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect((await admin.post('/api/identity-providers', draft({ acr_mapping }))).status).toBe(200);
    expect((await part.post('/api/identity-providers', draft({ acr_mapping, title: 'Acme again' }))).status).toBe(200);
    expect((await part.post('/api/identity-providers', draft())).status).toBe(200);
    expect((await admin.post('/api/identity-providers', mapping)).status).toBe(200);
    expect((await robot.post('/api/identity-providers', draft())).status).toBe(403);
    expect((await robot.post(`/api/identity-providers/${await idOf()}/remove`, { reason: 'r' })).status).toBe(403);
    expect((await robot.post('/api/sign-in', { ways: 'local' })).status).toBe(403);
  });

  it('closes local accounts only where an administrator with a password can still come in', async () => {
    const nobody = await makeUser(hub, ['admin']);
    expect(await admin.post('/api/sign-in', { ways: 'upstream' })).toMatchObject({ status: 422, body: { code: 'idp.invalid' } });
    expect(await admin.post('/api/sign-in', { ways: 'upstream', emergency_user_ids: [nobody] })).toMatchObject({ status: 422, body: { code: 'idp.invalid' } });
    await admin.post(`/api/users/${nobody}/password`, { password: 'a long enough password' });
    expect((await admin.post('/api/sign-in', { ways: 'upstream', emergency_user_ids: [nobody] })).body['sign_in']).toEqual({ ways: 'upstream', emergency_user_ids: [nobody] });
    expect(await admin.post(`/api/identity-providers/${await idOf()}/remove`, { reason: 'r' })).toMatchObject({ status: 409, body: { code: 'idp.only_way' } });
    expect((await admin.post('/api/sign-in', { ways: 'both' })).body['sign_in']).toEqual({ ways: 'both', emergency_user_ids: [] });
  });
});
