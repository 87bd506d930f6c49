import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestHub, startHub } from '../../support/hub.js';
import { type Body, adminApiId, adminToken, callerWith, homeOf, userToken } from './admin-rig.js';

describe('policies, keys and tenants through the admin API', () => {
  let hub: TestHub;
  let admin: ReturnType<typeof callerWith>;
  beforeAll(async () => {
    hub = await startHub();
    admin = callerWith(hub, (await adminToken(hub)).token);
  });
  afterAll(() => hub.close());

  const publish = async (document: Body): Promise<number> => (await admin.post('/api/policies', { document })).body['version'] as number;
  const allow = { id: 'all', effect: 'allow' };

  it('a policy is published, activated and rolled back, and each is in the ledger', async () => {
    const before = (await admin.get('/api/policies')).body['items'] as readonly Body[];
    expect(before).toMatchObject([{ version: 1, active: true }]);
    const version = await publish({ rules: [allow] });
    expect((await admin.get(`/api/policies/${version}`)).body).toMatchObject({ active: false, document: { rules: [allow] } });
    expect(await admin.post(`/api/policies/${version}/activate`)).toMatchObject({ status: 200, body: { version, active: true } });
    expect(await admin.post('/api/policies/1/rollback')).toMatchObject({ status: 200, body: { version: 1, active: true } });
    expect((await hub.events('PolicyPublished', 'PolicyActivated', 'PolicyRolledBack')).slice(-3).map(({ type }) => type))
      .toEqual(['PolicyPublished', 'PolicyActivated', 'PolicyRolledBack']);
  });

  it('a policy with a member that nobody knows is refused, and one that is not there is not found', async () => {
    expect(await admin.post('/api/policies', { document: { rules: [{ ...allow, when: 'full moon' }] } })).toMatchObject({ status: 422, body: { code: 'policy.invalid' } });
    expect(await admin.post('/api/policies/99/activate')).toMatchObject({ status: 404, body: { code: 'policy.version_unknown' } });
    expect(await admin.get('/api/policies/0')).toMatchObject({ status: 404 });
  });

  it('a policy that would shut out whoever activates it is refused', async () => {
    const version = await publish({ rules: [allow, { id: 'nobody', effect: 'deny', targets: { resources: [`${hub.issuer}/api`] } }] });
    expect(await admin.post(`/api/policies/${version}/activate`)).toMatchObject({ status: 409, body: { code: 'policy.locks_out' } });
    expect((await admin.get('/api/policies')).body['items']).toContainEqual(expect.objectContaining({ version: 1, active: true }));
  });

  it('keys rotate at once and the old ones stay published', async () => {
    const keys = async () => (await admin.get('/api/keys')).body['items'] as readonly Body[];
    const [old] = (await keys()).filter(({ alg, status }) => alg === 'ES256' && status === 'active');
    const { headers } = await admin.post('/api/keys/rotate', { algorithms: ['ES256'] });
    expect(headers.get('ledger-position')).toBe((await hub.events()).at(-1)!.position);
    expect(await keys()).toContainEqual(expect.objectContaining({ kid: old!['kid'], status: 'retired' }));
    expect((await keys()).filter(({ alg, status }) => alg === 'ES256' && status === 'active')).toHaveLength(1);
    const published = (await (await hub.fetch('/jwks')).json()) as { keys: readonly { kid: string }[] };
    expect(published.keys.map(({ kid }) => kid)).toContain(old!['kid']);
    expect(JSON.stringify(await keys())).not.toMatch(/"(d|p|q|k)":/);
    // The token that was signed with the old key still counts.
    expect((await admin.get('/api/keys')).status).toBe(200);
  });

  it('a tenant\'s own settings change one by one', async () => {
    expect((await admin.get('/api/tenant')).body).toMatchObject({ slug: 'default', issuer: hub.issuer, dynamic_registration: 'open', allowed_hosts: [] });
    const changed = await admin.patch('/api/tenant', { dynamic_registration: 'closed', allowed_hosts: ['claude.ai'] });
    expect(changed.body).toMatchObject({ dynamic_registration: 'closed', metadata_documents: 'open', allowed_hosts: ['claude.ai'] });
    expect((await hub.fetch('/register', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status).not.toBe(201);
    const resourceId = await hub.resource();
    expect((await admin.patch('/api/tenant', { default_resource_id: resourceId })).body).toMatchObject({ default_resource_id: resourceId, dynamic_registration: 'closed' });
    expect(await admin.patch('/api/tenant', { default_resource_id: 'res_nobody' })).toMatchObject({ status: 404, body: { code: 'resource.unknown' } });
    expect(await admin.patch('/api/tenant', { allowed_hosts: ['https://claude.ai/'] })).toMatchObject({ status: 422 });
  });

  it('a tenant is made with keys, admin API and the first administrator, and stands alone', async () => {
    const administrator = { email: 'boss@acme.example', name: 'Boss', password: 'a long enough password' };
    const made = await admin.post('/api/tenants', { slug: 'acme', name: 'Acme', administrator });
    expect(made).toMatchObject({ status: 201, body: { slug: 'acme', issuer: `${hub.issuer}/t/acme` } });
    const place = { path: '/t/acme', issuer: `${hub.issuer}/t/acme`, context: { ...hub.context, tenant: made.body['tenant_id'] as string } };
    const { token } = await userToken(hub, made.body['administrator_id'] as string, { place });
    const boss = callerWith(hub, token);
    expect((await boss.get('/t/acme/api/tenant')).body).toMatchObject({ slug: 'acme' });
    expect(await boss.post('/t/acme/api/tenants', { slug: 'sub', name: 'Sub' })).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect((await boss.get('/api/tenant')).status).toBe(401);
    expect((await hub.fetch('/t/acme/api/tenant')).headers.get('www-authenticate')).toContain(`resource_metadata="${hub.issuer}/.well-known/oauth-protected-resource/t/acme/api"`);
    expect(await (await hub.fetch('/.well-known/oauth-protected-resource/t/acme/api')).json()).toMatchObject({ resource: `${hub.issuer}/t/acme/api` });
    expect(adminApiId(hub, place)).not.toBe(adminApiId(hub, homeOf(hub)));
  });

  it('a tenant\'s slug is taken once, and is a word of a path', async () => {
    expect(await admin.post('/api/tenants', { slug: 'acme', name: 'Again' })).toMatchObject({ status: 409, body: { code: 'tenant.exists' } });
    expect(await admin.post('/api/tenants', { slug: 'A/../x', name: 'No' })).toMatchObject({ status: 422, body: { code: 'tenant.slug_invalid' } });
    expect(await admin.post('/api/tenants', { slug: '', name: 'No' })).toMatchObject({ status: 422 });
  });

  it('a read that must have seen one\'s own write waits for it, but not for ever', async () => {
    const { headers } = await admin.patch('/api/tenant', { allowed_hosts: [] });
    expect((await admin.get('/api/tenant', { 'if-ledger-at-least': headers.get('ledger-position')! })).status).toBe(200);
    const later = '9'.repeat(headers.get('ledger-position')!.length);
    const late = await admin.get('/api/tenant', { 'if-ledger-at-least': later });
    expect(late).toMatchObject({ status: 503, body: { code: 'read_model.behind' } });
    expect(late.headers.get('retry-after')).toMatch(/^[1-5]$/);
    expect(await admin.get('/api/tenant', { 'if-ledger-at-least': '../..' })).toMatchObject({ status: 400, body: { code: 'position.invalid' } });
  });

  it('never make the hub fail', () => {
    expect(hub.inside.failures).toEqual([]);
  });
});
