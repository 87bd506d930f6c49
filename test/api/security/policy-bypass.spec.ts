import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegisterResource } from '../../../src/commands/resources/register-resource.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { callerWith, adminToken, letAgentsIn, makeTenant, makeUser, userToken } from '../admin/admin-rig.js';
import { decideBy } from '../policies/policy-paths.js';
import { authorizeUrl, obtainTokens, pkce, refresh, signIn } from '../../support/code-flow.js';
import { CALENDAR, claimsOf } from '../../support/exchange.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';

/** Threats 3.16 (PO); what the decision function itself promises is in test/domain/policy. */
describe('ways around a policy', () => {
  let hub: TestHub;
  let notesId: string;
  let anaId: string;
  beforeAll(async () => {
    hub = await startHub();
    notesId = await hub.resource();
    await hub.resource(CALENDAR);
    anaId = await hub.user();
  });
  afterAll(() => hub.close());

  it('PO-03: several resources in one request are refused, and what a token is for is the one that was asked for', async () => {
    const service = await hub.service(notesId, ['notes:read']);
    const both = (...uris: string[]) => hub.post('/token', new URLSearchParams([['grant_type', 'client_credentials'], ...uris.map((uri) => ['resource', uri])]), basic(service.clientId, service.clientSecret));
    expect((await both(NOTES.uri, CALENDAR.uri)).body['error']).toBe('invalid_target');
    expect((await both(NOTES.uri, 'https://nowhere.example')).body['error']).toBe('invalid_target');
    expect(claimsOf((await both(NOTES.uri, NOTES.uri)).body['access_token'])['aud']).toBe(NOTES.uri);
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    const browser = hub.browser();
    const url = `${authorizeUrl(clientId, pkce().challenge)}&resource=${encodeURIComponent(CALENDAR.uri)}`;
    let page = await browser.open(url);
    if (page.html.includes('name="password"')) page = await signIn(browser, page);
    expect(new URL(page.location!).searchParams.get('error')).toBe('invalid_target');
  });

  it('PO-03: a refresh gets no other audience than was agreed to', async () => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    const { refreshToken } = await obtainTokens(hub, clientId);
    expect((await refresh(hub, clientId, refreshToken, { resource: CALENDAR.uri })).body['error']).toBe('invalid_target');
    const { body } = await refresh(hub, clientId, refreshToken, { resource: NOTES.uri });
    expect(claimsOf(body['access_token'])['aud']).toBe(NOTES.uri);
  });

  it('PO-07: a role, a resource and an exception are those of the tenant, whatever they are called elsewhere', async () => {
    const place = await makeTenant(hub, 'acme');
    await letAgentsIn(hub, place);
    const { resourceId } = await hub.do(new RegisterResource(NOTES, place.context));
    await decideBy(hub, [{ id: 'all', effect: 'allow' }, { id: 'only-bosses', effect: 'deny', targets: { resources: [NOTES.uri] }, unless: { principals: { roles: ['boss'] } } }]);
    const [here, there] = [await makeUser(hub, ['boss']), await makeUser(hub, ['boss'], place)];
    const ask = (userId: string, at = {}) => userToken(hub, userId, { scopes: ['notes:read'], resourceId: notesId, ...at });
    // The rule is of this tenant, and its exception is for this tenant's bosses.
    expect((await ask(here)).token).toEqual(expect.any(String));
    await expect(ask(anaId)).rejects.toBeDefined();
    expect((await ask(there, { place, resourceId })).token).toEqual(expect.any(String));
    expect((await ask(await makeUser(hub, [], place), { place, resourceId })).token).toEqual(expect.any(String));
    await expect(ask(there)).rejects.toBeDefined();
    await decideBy(hub, [{ id: 'all', effect: 'allow' }]);
  });

  it('PO-10: nobody says in a person\'s claims what is for the hub to say, and no claim reaches a token', async () => {
    const admin = callerWith(hub, (await adminToken(hub)).token);
    for (const name of ['iss', 'sub', 'aud', 'act', 'cnf', 'tenant', 'scope', 'acr', 'auth_time'])
      expect((await admin.post(`/api/users/${anaId}/claims`, { claims: { [name]: ['x'] } })).body).toMatchObject({ code: 'user.invalid', detail: expect.stringContaining(name) });
    await hub.do(new ChangeUser(anaId, { type: 'ChangeClaims', claims: { department: ['billing'] } }, hub.context));
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    const claims = claimsOf((await obtainTokens(hub, clientId)).accessToken);
    expect(claims).toMatchObject({ iss: hub.issuer, sub: anaId, aud: NOTES.uri, tenant: hub.context.tenant, act: expect.anything() });
    expect(JSON.stringify(claims)).not.toMatch(/department|billing|ana@example/);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
