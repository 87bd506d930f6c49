import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectionTemplates } from '../../../src/domain/connection/templates.js';
import { openReadDatabase } from '../../../src/platform/database/open-read-database.js';
import { ProjectionRunner } from '../../../src/projections/feeding/runner.js';
import { SECRET, SCOPES, ConnectionsRig } from '../../connections/connections-rig.js';
import { SERVICE_CLIENT } from '../../support/hub.js';
import { adminToken, agentToken, call, callerWith, letAgentsIn } from './admin-rig.js';

describe('connections over the admin API', () => {
  let rig: ConnectionsRig;
  let admin: ReturnType<typeof callerWith>;
  let made = 0;
  let runner: ProjectionRunner;
  const { database } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
  const keyed = async (change: object = {}): Promise<string> => {
    made += 1;
    const body = { name: `keyed-${made}`, held_by: 'tenant', api_key: { placement: 'header', name: 'x-key' }, origins: ['https://api.example.com'], ...change };
    return (await admin.post('/api/connections', body)).body['connection_id'] as string;
  };

  beforeAll(async () => {
    rig = await ConnectionsRig.start({ hub: { readDatabase: database } });
    await database.open();
    runner = rig.hub.inside.app.get(ProjectionRunner, { strict: false });
    runner.start();
    admin = callerWith(rig.hub, (await adminToken(rig.hub)).token);
  });
  afterAll(async () => {
    await runner.stop();
    await rig.close();
    await database.close();
  });

  it('defines one by asking its issuer, and shows everything but the secret', async () => {
    const { status, headers, body } = await admin.post('/api/connections', {
      name: 'asked', oauth: { issuer: rig.service.issuer, client_id: 'hub' }, client_secret: SECRET, scopes: SCOPES, origins: [rig.service.issuer],
    });
    expect([status, headers.get('ledger-position') === null]).toEqual([201, false]);
    expect(body).toMatchObject({ name: 'asked', status: 'active', held_by: 'user', has_secret: true, lends: true, redirect_uri: `${rig.hub.issuer}/connections/asked/callback` });
    expect(body['oauth']).toMatchObject({ issuer: rig.service.issuer, grant: 'authorization_code', client_id: 'hub', registration: 'manual' });
    expect(JSON.stringify(body)).not.toContain(SECRET);
    expect((await admin.get(`/api/connections/${body['connection_id'] as string}`)).body).toEqual(body);
  });

  it('lists them with what is held over them', async () => {
    const id = await keyed();
    const stored = await admin.post(`/api/connections/${id}/credentials`, { given: { key: 'canary-key-of-a-service' } });
    expect(stored.status).toBe(201);
    await runner.waitFor(stored.headers.get('ledger-position')!, 30_000);
    const fence = { 'if-ledger-at-least': stored.headers.get('ledger-position')! };
    const listed = await admin.get(`/api/connections?q=keyed-${made}`, fence);
    expect(listed.body['items']).toMatchObject([{ connection_id: id, kind: 'api_key', held_by: 'tenant' }]);
    const held = await admin.get(`/api/connections/${id}/credentials`, fence);
    expect(held.body['items']).toMatchObject([{ credential_id: stored.body['credential_id'], status: 'live', version: 1 }]);
    expect(JSON.stringify([listed.body, held.body])).not.toContain('canary-key');
  });

  it.each(connectionTemplates.map(({ name }) => name))('offers the template %s, and nobody leads it elsewhere (VA-06)', async (template) => {
    const { variables } = connectionTemplates.find(({ name }) => name === template)!;
    const given = { name: `t-${template}`, template, client_secret: 'secret-of-a-client', variables: Object.fromEntries(Object.keys(variables).map((name) => [name, 'acme'])) };
    const led = await admin.post('/api/connections', { ...given, oauth: { client_id: 'c', token_endpoint: 'https://evil.example/token' } });
    expect([led.status, led.body['code']]).toEqual([422, 'connection.invalid']);
    expect(await admin.post('/api/connections', { ...given, oauth: { client_id: 'c' } })).toMatchObject({ status: 201, body: { template, has_secret: true } });
  });

  it('demands the secret again when it would go to another host (VA-09)', async () => {
    const { body } = await admin.post('/api/connections', { name: 'moved', oauth: { token_endpoint: 'https://one.example/token', grant: 'client_credentials', client_id: 'c' }, client_secret: SECRET, origins: ['https://one.example'] });
    const elsewhere = { held_by: 'tenant', oauth: { token_endpoint: 'https://two.example/token', grant: 'client_credentials', client_id: 'c' }, origins: ['https://one.example'] };
    const path = `/api/connections/${body['connection_id'] as string}/settings`;
    expect(await admin.post(path, elsewhere)).toMatchObject({ status: 422, body: { code: 'connection.secret_missing' } });
    expect((await admin.post(path, { ...elsewhere, client_secret: 'another-secret' })).status).toBe(200);
  });

  it('refuses a value that names another secret (VA-08)', async () => {
    const id = await keyed();
    expect(await admin.post(`/api/connections/${id}/credentials`, { given: { key: '{{secret.other}}' } })).toMatchObject({ status: 403, body: { code: 'connection.secret_reference' } });
  });

  it('suspends, resumes and removes, and a removed name is not given again', async () => {
    const id = await keyed({ name: 'once' });
    const to = async (what: string, body: object = {}) => (await admin.post(`/api/connections/${id}/${what}`, body)).body['status'];
    expect([await to('suspend', { reason: 'r' }), await to('resume'), await to('remove', { reason: 'r' })]).toEqual(['suspended', 'active', 'removed']);
    expect((await admin.post('/api/connections', { name: 'once', api_key: { placement: 'basic' }, origins: ['https://api.example.com'] })).status).toBe(409);
  });

  it('breaks the glass for a person who has just signed in, and for nobody else', async () => {
    const id = await keyed();
    const stored = await admin.post(`/api/connections/${id}/credentials`, { given: { key: 'key-behind-the-glass' } });
    const path = `/api/credentials/${stored.body['credential_id'] as string}/break-glass`;
    expect((await admin.post(path, { reason: 'outage' })).body).toMatchObject({ kind: 'api_key', secret: 'key-behind-the-glass' });
    expect(await rig.hub.events('BreakGlassUsed')).toHaveLength(1);
    await letAgentsIn(rig.hub);
    const robot = await agentToken(rig.hub);
    expect(await call(rig.hub, 'POST', path, { token: robot.token, body: { reason: 'r' } })).toMatchObject({ status: 403, body: { code: 'admin.escalation' } });
    expect(await rig.hub.events('BreakGlassUsed')).toHaveLength(1);
  });

  it('gives a grant for a resource or a connection, and says which', async () => {
    const id = await keyed();
    const { agentId } = await rig.hub.agent(SERVICE_CLIENT);
    const grant = { agent_id: agentId, connection_id: id, scopes: ['use'] };
    const { status, body } = await admin.post('/api/grants', grant);
    expect([status, body['connection_id'], body['resource_id']]).toEqual([201, id, undefined]);
    expect((await admin.post('/api/grants', { ...grant, resource_id: 'res_x' })).status).toBe(422);
    expect((await admin.post('/api/grants', { agent_id: agentId, scopes: ['use'] })).status).toBe(422);
  });
});
