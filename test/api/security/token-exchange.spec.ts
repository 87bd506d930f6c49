import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT, generateKeyPair } from 'jose';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { RegisterAgent } from '../../../src/commands/agents/register-agent.js';
import { GiveGrant } from '../../../src/commands/grants/give-grant.js';
import { RevokeGrant } from '../../../src/commands/grants/revoke-grant.js';
import { RegisterResource } from '../../../src/commands/resources/register-resource.js';
import { CreateTenant } from '../../../src/commands/tenants/create-tenant.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { obtainTokens } from '../../support/code-flow.js';
import { adminApiId, call } from '../admin/admin-rig.js';
import { ACCESS_TOKEN, CALENDAR, EXCHANGE, type Service, allow, claimsOf, exchange, exchanger, operate } from '../../support/exchange.js';
import { NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';

describe('token exchange (RFC 8693)', () => {
  let hub: TestHub;
  let notes: string;
  let calendar: string;
  let userId: string;
  beforeAll(async () => {
    hub = await startHub();
    notes = await hub.resource();
    calendar = await hub.resource(CALENDAR);
    userId = await hub.user();
  });
  afterAll(() => hub.close());

  // A desktop agent that Ana let use her notes, and the notes server's own agent, which may see her calendar for her.
  let desktop: { agentId: string; clientId: string };
  let server: Service;
  let accessToken: string;
  let refreshToken: string;
  beforeEach(async () => {
    desktop = await hub.agent(PUBLIC_CLIENT, 'Desktop');
    server = await exchanger(hub, 'Notes server');
    await operate(hub, notes, server.agentId);
    await allow(hub, server.agentId, { kind: 'user', id: userId }, calendar, ['events:read']);
    ({ accessToken, refreshToken } = await obtainTokens(hub, desktop.clientId));
  });

  const refusals = async (agentId: string) =>
    (await hub.events('TokenRefused')).filter(({ data }) => (data as { agentId: string }).agentId === agentId).map(({ data }) => data as { error: string; reason: string; grantType: string });
  const isActive = async (by: Service, token: unknown): Promise<unknown> =>
    (await hub.post('/introspect', { token: String(token) }, basic(by.clientId, by.clientSecret))).body['active'];

  it('gives the server that received a token one for another resource, in the person\'s name, with both agents inside', async () => {
    const { status, body } = await exchange(hub, server, accessToken, { resource: CALENDAR.uri });
    expect({ status, scope: body['scope'], type: body['issued_token_type'], tokenType: body['token_type'], refresh: body['refresh_token'] })
      .toEqual({ status: 200, scope: 'events:read', type: ACCESS_TOKEN, tokenType: 'Bearer', refresh: undefined });
    expect(claimsOf(body['access_token'])).toMatchObject({
      sub: userId, aud: CALENDAR.uri, client_id: server.clientId, scope: 'events:read', act: { sub: server.agentId, act: { sub: desktop.agentId } },
    });
    expect(await isActive(server, body['access_token'])).toBe(true);
  });

  it('TX-09: the ledger holds the whole chain, the token it was made from and who asked', async () => {
    const { body } = await exchange(hub, server, accessToken, { resource: CALENDAR.uri });
    const { jti } = claimsOf(body['access_token']);
    const parent = claimsOf(accessToken)['jti'];
    const of = async (type: string) => (await hub.events(type)).find(({ data }) => (data as { jti?: unknown }).jti === jti);
    expect((await of('TokenIssued'))?.data).toMatchObject({ parentJti: parent, actors: [server.agentId, desktop.agentId], principal: { kind: 'user', id: userId }, grantType: EXCHANGE });
    expect((await of('TokenDerived'))?.data).toMatchObject({ agentId: server.agentId, parent: { jti: parent, agentId: desktop.agentId } });
  });

  it('narrows an agent\'s own token without a longer chain', async () => {
    const own = await hub.service(notes, ['notes:read', 'notes:write']);
    const agent = await exchanger(hub, 'Own');
    await allow(hub, agent.agentId, { kind: 'agent', id: agent.agentId }, notes, ['notes:read', 'notes:write']);
    const first = (await hub.clientCredentials(agent, { resource: NOTES.uri })).body['access_token'] as string;
    const { body } = await exchange(hub, agent, first, { scope: 'notes:read' });
    expect(claimsOf(body['access_token'])).toMatchObject({ sub: agent.clientId, aud: NOTES.uri, scope: 'notes:read' });
    expect(claimsOf(body['access_token'])['act']).toBeUndefined();
    expect(own.agentId).not.toBe(agent.agentId);
  });

  it.each([
    ['missing', {}], ['empty', { subject_token: '', subject_token_type: ACCESS_TOKEN }], ['malformed', { subject_token: 'a.b.c', subject_token_type: ACCESS_TOKEN }],
    ['oversized', { subject_token: 'x'.repeat(20_000), subject_token_type: ACCESS_TOKEN }], ['without its type', { subject_token: 'a.b.c' }],
    ['of an unknown type', { subject_token: 'a.b.c', subject_token_type: 'urn:example:mine' }],
  ])('TX-01: a subject token that is %s is refused, and never makes it a client_credentials request', async (_, fields) => {
    const { status, body } = await hub.post('/token', { grant_type: EXCHANGE, resource: CALENDAR.uri, ...fields } as Record<string, string>, basic(server.clientId, server.clientSecret));
    expect([status, body['error'], body['access_token']]).toEqual([400, 'invalid_request', undefined]);
  });

  it('TX-02: whoever only holds somebody else\'s token gets nothing for it, and that is recorded', async () => {
    const stranger = await exchanger(hub, 'Stranger');
    await allow(hub, stranger.agentId, { kind: 'user', id: userId }, calendar, ['events:read']);
    expect((await exchange(hub, stranger, accessToken, { resource: CALENDAR.uri })).body['error']).toBe('invalid_request');
    expect(await refusals(stranger.agentId)).toEqual([expect.objectContaining({ error: 'invalid_request', reason: 'delegation.not_intended', grantType: EXCHANGE })]);
  });

  it('TX-02: a public client can\'t exchange, not even its own token', async () => {
    const { clientId } = await hub.agent({ ...PUBLIC_CLIENT, grantTypes: ['authorization_code', EXCHANGE] }, 'Public');
    const own = await obtainTokens(hub, clientId);
    const { body } = await hub.post('/token', { grant_type: EXCHANGE, client_id: clientId, subject_token: own.accessToken, subject_token_type: ACCESS_TOKEN });
    expect(body['error']).toBe('unauthorized_client');
  });

  it('an agent that is not registered for this grant type gets nothing', async () => {
    const plain = await hub.service(notes, ['notes:read']);
    await operate(hub, notes, plain.agentId);
    const fresh = await obtainTokens(hub, desktop.clientId);
    await allow(hub, plain.agentId, { kind: 'user', id: userId }, calendar, ['events:read']);
    expect((await exchange(hub, plain, fresh.accessToken, { resource: CALENDAR.uri })).body['error']).toBe('unauthorized_client');
  });

  it('TX-03: never more than was granted there, and all or nothing of what is named', async () => {
    const { body } = await exchange(hub, server, accessToken, { resource: CALENDAR.uri, scope: 'events:read events:write' });
    expect(body['error']).toBe('invalid_scope');
    expect((await refusals(server.agentId)).at(-1)).toMatchObject({ error: 'invalid_scope', reason: 'scope.none_allowed' });
  });

  it('TX-03: at its own resource never more than the subject token has', async () => {
    await allow(hub, server.agentId, { kind: 'user', id: userId }, notes, ['notes:read', 'notes:write']);
    const narrow = await hub.post('/token', { grant_type: 'refresh_token', client_id: desktop.clientId, refresh_token: refreshToken, scope: 'notes:read' });
    const subject = narrow.body['access_token'] as string;
    expect((await exchange(hub, server, subject, { scope: 'notes:write' })).body['error']).toBe('invalid_scope');
    expect((await exchange(hub, server, subject)).body['scope']).toBe('notes:read');
  });

  it.each([['unknown', 'https://nowhere.example/'], ['not granted to this agent', CALENDAR.uri]])('TX-04: a target that is %s is answered the same', async (_, resource) => {
    const other = await exchanger(hub, 'Ungranted');
    await operate(hub, notes, other.agentId);
    const { accessToken: fresh } = await obtainTokens(hub, desktop.clientId);
    const { status, body } = await exchange(hub, other, fresh, { resource });
    expect([status, body['error']]).toEqual([400, 'invalid_target']);
    await operate(hub, notes, server.agentId);
  });

  it('TX-05: a subject token that has been revoked buys nothing, whatever its signature says', async () => {
    await hub.post('/revoke', { client_id: desktop.clientId, token: accessToken });
    expect((await exchange(hub, server, accessToken, { resource: CALENDAR.uri })).body['error']).toBe('invalid_request');
    expect((await refusals(server.agentId)).at(-1)).toMatchObject({ reason: 'token.revoked' });
  });

  it('TX-05: nor does one whose family, person or agent has ended, or that has expired', async () => {
    await hub.post('/revoke', { client_id: desktop.clientId, token: refreshToken });
    expect((await exchange(hub, server, accessToken, { resource: CALENDAR.uri })).body['error']).toBe('invalid_request');
    const second = await obtainTokens(hub, desktop.clientId);
    await hub.do(new ChangeAgent(desktop.agentId, { type: 'SuspendAgent', reason: 'test' }, hub.context));
    expect((await exchange(hub, server, second.accessToken, { resource: CALENDAR.uri })).body['error']).toBe('invalid_request');
    await hub.do(new ChangeAgent(desktop.agentId, { type: 'ResumeAgent' }, hub.context));
    const third = await obtainTokens(hub, desktop.clientId);
    await hub.do(new ChangeUser(userId, { type: 'DisableUser', reason: 'test' }, hub.context));
    expect((await exchange(hub, server, third.accessToken, { resource: CALENDAR.uri })).body['error']).toBe('invalid_request');
    await hub.do(new ChangeUser(userId, { type: 'EnableUser' }, hub.context));
    hub.inside.clock.advance(301);
    expect((await exchange(hub, server, third.accessToken, { resource: CALENDAR.uri })).body['error']).toBe('invalid_request');
  });

  it('TX-06: an actor token that is another agent\'s contradicts the client and is refused; the client\'s own is taken', async () => {
    const other = await hub.service(notes, ['notes:read']);
    await allow(hub, server.agentId, { kind: 'agent', id: server.agentId }, notes, ['notes:read']);
    const [theirs, own] = [(await hub.clientCredentials(other, { resource: NOTES.uri })).body, (await hub.clientCredentials(server, { resource: NOTES.uri })).body];
    const withActor = (token: unknown) => exchange(hub, server, accessToken, { resource: CALENDAR.uri, actor_token: String(token), actor_token_type: ACCESS_TOKEN });
    expect((await withActor(theirs['access_token'])).body['error']).toBe('invalid_request');
    expect((await refusals(server.agentId)).at(-1)).toMatchObject({ reason: 'delegation.actor_mismatch' });
    expect((await withActor(own['access_token'])).status).toBe(200);
    expect((await exchange(hub, server, accessToken, { resource: CALENDAR.uri, actor_token: 'x' })).body['error']).toBe('invalid_request');
  });

  it('TX-06: may_act binds: an operator named after the token was issued can\'t exchange it, and one that was replaced can\'t either', async () => {
    expect(claimsOf(accessToken)['may_act']).toEqual({ sub: server.agentId });
    const next = await exchanger(hub, 'Next server');
    await allow(hub, next.agentId, { kind: 'user', id: userId }, calendar, ['events:read']);
    await operate(hub, notes, next.agentId);
    expect((await exchange(hub, next, accessToken, { resource: CALENDAR.uri })).body['error']).toBe('invalid_request');
    expect((await exchange(hub, server, accessToken, { resource: CALENDAR.uri })).body['error']).toBe('invalid_request');
  });

  it('TX-07: there is no impersonation: whoever acts stands in the token', async () => {
    const { body } = await exchange(hub, server, accessToken, { resource: CALENDAR.uri });
    expect(claimsOf(body['access_token'])).toMatchObject({ sub: userId, act: { sub: server.agentId } });
  });

  it('TX-08: a chain that comes back to who acted before is refused', async () => {
    const desktopToo = await exchanger(hub, 'Back and forth');
    await operate(hub, calendar, desktopToo.agentId);
    await allow(hub, desktopToo.agentId, { kind: 'user', id: userId }, notes, ['notes:read']);
    await allow(hub, server.agentId, { kind: 'user', id: userId }, notes, ['notes:read']);
    const toCalendar = (await exchange(hub, server, accessToken, { resource: CALENDAR.uri })).body['access_token'] as string;
    const back = (await exchange(hub, desktopToo, toCalendar, { resource: NOTES.uri })).body['access_token'] as string;
    expect(claimsOf(back)['act']).toEqual({ sub: desktopToo.agentId, act: { sub: server.agentId, act: { sub: desktop.agentId } } });
    expect((await exchange(hub, server, back, { resource: CALENDAR.uri })).body['error']).toBe('invalid_request');
    expect((await refusals(server.agentId)).at(-1)).toMatchObject({ reason: 'delegation.cycle' });
    await operate(hub, calendar, undefined);
  });

  it('TX-08: the same token narrowed again and again ends at five', async () => {
    const agent = await exchanger(hub, 'Narrower');
    await allow(hub, agent.agentId, { kind: 'agent', id: agent.agentId }, notes, ['notes:read']);
    let token = (await hub.clientCredentials(agent, { resource: NOTES.uri })).body['access_token'] as string;
    for (let n = 0; n < 5; n += 1) token = (await exchange(hub, agent, token)).body['access_token'] as string;
    expect((await exchange(hub, agent, token)).body['error']).toBe('invalid_request');
    expect((await refusals(agent.agentId)).at(-1)).toMatchObject({ reason: 'delegation.too_deep' });
  });

  it('TX-10: a child lives no longer than its parent, and has no refresh token', async () => {
    hub.inside.clock.advance(100);
    const { body } = await exchange(hub, server, accessToken, { resource: CALENDAR.uri });
    expect(claimsOf(body['access_token'])['exp']).toBe(claimsOf(accessToken)['exp']);
    expect(body['expires_in']).toBe(200);
    expect((await exchange(hub, server, accessToken, { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' })).body['error']).toBe('invalid_request');
  });

  it.each<[string, (t: { desktop: string }) => Promise<unknown>]>([
    ['revoked', () => hub.post('/revoke', { client_id: desktop.clientId, token: accessToken })],
    ['ended with its family', () => hub.post('/revoke', { client_id: desktop.clientId, token: refreshToken })],
    ['of a suspended agent', ({ desktop: id }) => hub.do(new ChangeAgent(id, { type: 'SuspendAgent', reason: 'test' }, hub.context))],
    ['of a revoked grant', () => hub.do(new RevokeGrant(String(claimsOf(accessToken)['grant_id']), 'test', undefined, hub.context))],
  ])('TX-10, IR-06: what was made from a token is dead when that one is %s', async (_, end) => {
    const child = (await exchange(hub, server, accessToken, { resource: CALENDAR.uri })).body['access_token'];
    expect(await isActive(server, child)).toBe(true);
    await end({ desktop: desktop.agentId });
    expect(await isActive(server, child)).toBe(false);
  });

  it('a grant that was taken back bounds the next exchange', async () => {
    await hub.do(new RevokeGrant((await allow(hub, server.agentId, { kind: 'user', id: userId }, calendar, ['events:read'])).grantId, 'test', undefined, hub.context));
    expect((await exchange(hub, server, accessToken, { resource: CALENDAR.uri })).body['error']).toBe('invalid_target');
    expect((await refusals(server.agentId)).at(-1)).toMatchObject({ reason: 'grant.revoked' });
  });

  it('TX-05: the subject token of another tenant is unknown here, though this hub signed it', async () => {
    const { tenantId } = await hub.do(new CreateTenant({ slug: 'acme', name: 'Acme', issuer: `${hub.issuer}/t/acme` }, hub.context));
    const context = { ...hub.context, tenant: tenantId };
    const { resourceId } = await hub.do(new RegisterResource(NOTES, context));
    const theirs = (await hub.do(new RegisterAgent({ name: 'Theirs', metadata: SERVICE_CLIENT }, { kind: 'team', id: 'team_test' }, context))) as Service;
    await hub.do(new GiveGrant({ agentId: theirs.agentId, principal: { kind: 'agent', id: theirs.agentId }, resourceId, scopes: ['notes:read'] }, context));
    const { body } = await hub.post('/t/acme/token', { grant_type: 'client_credentials', resource: NOTES.uri }, basic(theirs.clientId, theirs.clientSecret));
    expect(body['access_token']).toEqual(expect.any(String));
    expect((await exchange(hub, server, String(body['access_token']), { resource: CALENDAR.uri })).body['error']).toBe('invalid_request');
    expect((await refusals(server.agentId)).at(-1)).toMatchObject({ reason: 'token.invalid' });
  });

  it.each<[string, (hubs: string) => string]>([
    ['another issuer', () => 'https://login.elsewhere.example'], ['a key that is not the hub\'s', (hubs) => hubs],
  ])('TX-14: a token of %s reaches nobody\'s account, though its sub and everything else are the same', async (_, issuerOf) => {
    const { privateKey } = await generateKeyPair('ES256');
    const { iss, ...claims } = claimsOf(accessToken);
    const forged = await new SignJWT({ ...claims, iss: issuerOf(String(iss)) }).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'theirs' }).sign(privateKey);
    expect((await exchange(hub, server, forged, { resource: CALENDAR.uri })).body).toMatchObject({ error: 'invalid_request' });
    expect((await refusals(server.agentId)).at(-1)).toMatchObject({ reason: 'token.invalid' });
  });

  it('TX-15: an exchange for the admin API gives no more than the person\'s role: nothing without one, and an auditor\'s only looks', async () => {
    const api = { resource: `${hub.issuer}/api` };
    await allow(hub, server.agentId, { kind: 'user', id: userId }, adminApiId(hub), ['directory:read', 'directory:write']);
    expect((await exchange(hub, server, accessToken, api)).body['error']).toBe('invalid_target');
    expect((await refusals(server.agentId)).at(-1)).toMatchObject({ reason: 'policy.denied' });
    await hub.do(new ChangeUser(userId, { type: 'ChangeRoles', roles: ['auditor'] }, hub.context));
    const { token } = { token: String((await exchange(hub, server, accessToken, api)).body['access_token']) };
    expect((await call(hub, 'GET', '/api/policies', { token })).status).toBe(200);
    expect((await call(hub, 'POST', '/api/agents', { token, body: { name: 'x', owner: { kind: 'team', id: 'team_x' } } })).status).toBe(403);
    await hub.do(new ChangeUser(userId, { type: 'ChangeRoles', roles: [] }, hub.context));
    expect((await call(hub, 'GET', '/api/policies', { token })).status).toBe(401);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
