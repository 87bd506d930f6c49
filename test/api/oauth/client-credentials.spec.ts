import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { NarrowGrant } from '../../../src/commands/grants/narrow-grant.js';
import { RevokeGrant } from '../../../src/commands/grants/revoke-grant.js';
import { NOTES, type TestHub, startHub } from '../../support/hub.js';

describe('grant_type=client_credentials', () => {
  let hub: TestHub;
  let resourceId: string;
  beforeAll(async () => {
    hub = await startHub();
    resourceId = await hub.resource();
  });
  afterAll(() => hub.close());

  it('gives an agent a token for itself, within what an administrator granted, after the event is recorded', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    const answer = await hub.clientCredentials(service, { resource: NOTES.uri, scope: 'notes:read notes:write' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'notes:read' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const jwks = (await (await hub.fetch('/jwks')).json()) as never;
    const { payload, protectedHeader } = await jwtVerify(answer.body['access_token'] as string, createLocalJWKSet(jwks), {
      issuer: hub.issuer, audience: NOTES.uri, typ: 'at+jwt', currentDate: new Date(hub.inside.clock.now()),
    });
    expect(protectedHeader.alg).toBe('ES256');
    expect(payload).toMatchObject({ sub: service.clientId, client_id: service.clientId, scope: 'notes:read', agent: service.agentId });
    const issued = (await hub.events('TokenIssued')).find(({ data }) => (data as { jti: string }).jti === payload.jti);
    expect(issued?.data).toMatchObject({
      agentId: service.agentId, policyVersion: 1, scopes: ['notes:read'], denied: [{ scope: 'notes:write', reason: 'grant.scope_missing' }],
    });
  });

  it('refuses a wrong secret, a missing one and an unknown client with 401, and says nothing about which it was', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    for (const [id, secret] of [[service.clientId, 'wrong'], [service.clientId, ''], ['agt_nobody', 'x']] as const) {
      const answer = await hub.clientCredentials({ clientId: id, clientSecret: secret }, { resource: NOTES.uri });
      expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client']);
      expect(answer.headers.get('www-authenticate')).toContain('Basic');
    }
  });

  it.each([
    ['suspended', { type: 'SuspendAgent', reason: 'test' }],
    ['retired', { type: 'RetireAgent', reason: 'test' }],
  ] as const)('gives nothing to an agent that is %s', async (_, change) => {
    const service = await hub.service(resourceId, ['notes:read']);
    expect((await hub.clientCredentials(service, { resource: NOTES.uri })).status).toBe(200);
    await hub.do(new ChangeAgent(service.agentId, change, hub.context));
    const refused = await hub.clientCredentials(service, { resource: NOTES.uri });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.body['access_token']).toBeUndefined();
  });

  it('gives nothing once the grant is revoked, and only what is left when it is narrowed', async () => {
    const service = await hub.service(resourceId, ['notes:read', 'notes:write']);
    await hub.do(new NarrowGrant(service.grantId, ['notes:write'], hub.context));
    expect((await hub.clientCredentials(service, { resource: NOTES.uri })).body['scope']).toBe('notes:write');
    await hub.do(new RevokeGrant(service.grantId, 'test', undefined, hub.context));
    const refused = await hub.clientCredentials(service, { resource: NOTES.uri });
    expect([refused.status, refused.body['error']]).toEqual([400, 'invalid_grant']);
    expect((await hub.events('TokenRefused')).at(-1)?.data).toMatchObject({ agentId: service.agentId, reason: 'grant.revoked' });
  });

  it('refuses a resource that is not registered and one that nobody granted', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    const unknown = await hub.clientCredentials(service, { resource: 'https://elsewhere.example/api' });
    expect([unknown.status, unknown.body['error']]).toEqual([400, 'invalid_target']);
    const other = await hub.resource({ ...NOTES, uri: 'https://other.example/mcp' });
    expect(other).not.toBe(resourceId);
    const ungranted = await hub.clientCredentials(service, { resource: 'https://other.example/mcp' });
    expect([ungranted.status, ungranted.body['error']]).toEqual([400, 'invalid_grant']);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
