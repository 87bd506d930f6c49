import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as oauth from 'oauth4webapi';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { GiveGrant } from '../../../src/commands/grants/give-grant.js';
import { NarrowGrant } from '../../../src/commands/grants/narrow-grant.js';
import { RevokeGrant } from '../../../src/commands/grants/revoke-grant.js';
import { ActivatePolicy } from '../../../src/commands/policies/activate-policy.js';
import { PublishPolicy } from '../../../src/commands/policies/publish-policy.js';
import { CreateTenant } from '../../../src/commands/tenants/create-tenant.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { EraseUser } from '../../../src/commands/users/erase-user.js';
import { Privacy } from '../../../src/domain/ports/privacy.js';
import { answerOf, authorizeUrl, obtainCode, pkce, redeem, refresh } from '../../support/code-flow.js';
import { ANA, NOTES, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';
import { RelyingParty } from '../../support/relying-party.js';

const IDENTITY = { scope: 'openid profile email', resource: undefined };

/** Threats 3.12 (IR) and KM-04, for userinfo and ID tokens. */
describe('who a person is', () => {
  let hub: TestHub;
  let userId: string;
  let resourceId: string;
  let people = 0;
  beforeAll(async () => {
    hub = await startHub();
    resourceId = await hub.resource();
    userId = await hub.user();
  });
  afterAll(() => hub.close());

  const signedIn = async (change: Readonly<Record<string, string | undefined>> = IDENTITY, person?: typeof ANA) => {
    const { clientId, agentId } = await hub.agent(PUBLIC_CLIENT);
    const browser = hub.browser();
    if (person) await browser.submit(await browser.open('/sign-in'), '/sign-in', { email: person.email, password: person.password });
    const { body } = await redeem(hub, clientId, await obtainCode(hub, clientId, { browser, change }));
    return { clientId, agentId, accessToken: body['access_token'] as string, idToken: body['id_token'] as string, refreshToken: body['refresh_token'] as string };
  };
  const userinfo = async (authorization: string | undefined, path = '/userinfo', init: RequestInit = {}) => {
    const answer = await hub.fetch(path, { ...init, headers: authorization === undefined ? {} : { authorization } });
    return { status: answer.status, challenge: answer.headers.get('www-authenticate'), body: (await answer.json()) as Record<string, unknown> };
  };
  const bearer = (token: string) => userinfo(`Bearer ${token}`);
  const INVALID = { status: 401, body: { error: 'invalid_token' }, challenge: expect.stringContaining('error="invalid_token"') };

  it.each<[string, (given: { agentId: string; clientId: string; accessToken: string; grantId: string; userId: string }) => Promise<unknown>]>([
    ['the agent is suspended', ({ agentId }) => hub.do(new ChangeAgent(agentId, { type: 'SuspendAgent', reason: 'test' }, hub.context))],
    ['the agent is retired', ({ agentId }) => hub.do(new ChangeAgent(agentId, { type: 'RetireAgent', reason: 'test' }, hub.context))],
    ['the grant is revoked', ({ grantId }) => hub.do(new RevokeGrant(grantId, 'test', undefined, hub.context))],
    ['the person is disabled', ({ userId: of }) => hub.do(new ChangeUser(of, { type: 'DisableUser', reason: 'test' }, hub.context))],
    ['the token is revoked', ({ clientId, accessToken }) => hub.post('/revoke', { token: accessToken, client_id: clientId })],
    ['the token has expired', async () => hub.inside.clock.advance(601)],
  ])('is told to nobody any more when %s', async (_, happens) => {
    people += 1;
    const person = { email: `somebody-${people}@example.com`, name: 'Somebody', password: ANA.password };
    const theirs = await hub.user(person);
    const given = await signedIn(IDENTITY, person);
    expect((await bearer(given.accessToken)).body).toMatchObject({ sub: theirs, name: 'Somebody' });
    const { grantId } = (await hub.events('GrantGiven')).at(-1)!.data as { grantId: string };
    await happens({ ...given, grantId, userId: theirs });
    expect(await bearer(given.accessToken)).toMatchObject(INVALID);
  });

  it('is told as far as the grant still goes, and to no refresh after it', async () => {
    const { clientId, accessToken, refreshToken } = await signedIn();
    const { grantId } = (await hub.events('GrantGiven')).at(-1)!.data as { grantId: string };
    await hub.do(new NarrowGrant(grantId, ['openid', 'profile'], hub.context));
    expect((await bearer(accessToken)).body).toEqual({ sub: userId, name: ANA.name });
    await hub.do(new RevokeGrant(grantId, 'test', undefined, hub.context));
    const refused = await refresh(hub, clientId, refreshToken);
    expect([refused.status, refused.body]).toEqual([400, { error: 'invalid_grant', error_description: expect.any(String) }]);
  });

  it('of an erased person nothing is told, and of one whose key is gone only the ID', async () => {
    const person = { email: 'erased@example.com', name: 'Erased', password: ANA.password };
    const theirs = await hub.user(person);
    const { accessToken } = await signedIn(IDENTITY, person);
    // As when it goes between the look at the token and the look at the person.
    await hub.inside.app.get(Privacy, { strict: false }).erase(hub.context.tenant, theirs);
    expect((await bearer(accessToken)).body).toEqual({ sub: theirs });
    await hub.do(new EraseUser(theirs, 'asked for', hub.context));
    expect(await bearer(accessToken)).toMatchObject(INVALID);
  });

  it('is asked for each time that it is more than was agreed to, and never given silently', async () => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    const { browser } = await obtainCode(hub, clientId);
    const silent = await browser.open(authorizeUrl(clientId, pkce().challenge, { scope: 'notes:read openid', prompt: 'none' }));
    expect(answerOf(silent).get('error')).toBe('consent_required');
    const asked = await browser.open(authorizeUrl(clientId, pkce().challenge, { scope: 'notes:read openid' }));
    expect(asked.html).toContain('name="decision"');
    const denied = await browser.submit(asked, '/consent', { decision: 'deny' });
    expect(answerOf(denied).get('error')).toBe('access_denied');
    expect((await hub.events('GrantWidened')).at(-1)).toBeUndefined();
  });

  it('can be given by the person alone: not by an administrator, and not to an agent for itself', async () => {
    const { agentId } = await hub.agent(PUBLIC_CLIENT);
    for (const principal of [{ kind: 'user', id: userId }, { kind: 'agent', id: agentId }] as const)
      await expect(hub.do(new GiveGrant({ agentId, principal, resourceId, scopes: ['openid'] }, hub.context))).rejects.toMatchObject({ code: 'resource.scope_unknown' });
    const service = await hub.service(resourceId, ['notes:read']);
    expect((await hub.clientCredentials(service, { resource: NOTES.uri, scope: 'openid email' })).body['error']).toBe('invalid_scope');
    const { body } = await hub.clientCredentials(service, { resource: NOTES.uri, scope: 'openid notes:read' });
    expect(body).toMatchObject({ scope: 'notes:read' });
    expect(body).not.toHaveProperty('id_token');
    expect(await bearer(body['access_token'] as string)).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } });
    expect((await hub.clientCredentials(service, { resource: `${hub.issuer}/userinfo` })).status).toBe(400);
  });

  it('is nothing without openid: neither an ID token, nor userinfo', async () => {
    const { accessToken, idToken } = await signedIn({ scope: 'notes:read profile email', nonce: 'n' });
    expect(idToken).toBeUndefined();
    const refused = await bearer(accessToken);
    expect(refused).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } });
    expect(refused.challenge).toBe('Bearer realm="mandate", scope="openid", error="insufficient_scope"');
  });

  it('is kept by a policy that denies the resource, from the next request on', async () => {
    const { accessToken } = await signedIn();
    const rules = (deny: boolean) => JSON.stringify({ rules: [{ id: 'a', effect: 'allow' }, ...(deny ? [{ id: 'no', effect: 'deny', targets: { resources: [`${hub.issuer}/userinfo`] } }] : [])] });
    const activate = async (deny: boolean) => hub.do(new ActivatePolicy((await hub.do(new PublishPolicy(rules(deny), hub.context))).version, 'ActivatePolicy', hub.context));
    await activate(true);
    expect(await bearer(accessToken)).toMatchObject(INVALID);
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    expect((await obtainCode(hub, clientId, { change: IDENTITY }).catch(() => undefined))?.answer.get('error')).toBe('access_denied');
    await activate(false);
    expect((await bearer(accessToken)).status).toBe(200);
  });

  it('KM-04: no other token passes for an access token, and an access token for no ID token', async () => {
    const { clientId, accessToken, idToken, refreshToken } = await signedIn();
    for (const token of [idToken, refreshToken, `${accessToken}x`, accessToken.slice(0, -10), 'e30.e30.', 'x']) expect(await bearer(token)).toMatchObject(INVALID);
    const api = await hub.fetch('/api/agents', { headers: { authorization: `Bearer ${idToken}` } });
    expect(api.status).toBe(401);
    const service = await hub.service(resourceId, ['notes:read']);
    expect((await hub.post('/introspect', { token: idToken }, basic(service.clientId, service.clientSecret))).body).toEqual({ active: false });
    const party = await RelyingParty.of(hub, clientId);
    const passedOff = Response.json({ access_token: accessToken, token_type: 'Bearer', id_token: accessToken });
    await expect(party.accept(passedOff)).rejects.toThrow();
  });

  it('of another tenant is not told here, whichever way it is asked', async () => {
    await hub.do(new CreateTenant({ slug: 'acme', name: 'Acme', issuer: `${hub.issuer}/t/acme` }, hub.context));
    const { accessToken } = await signedIn();
    expect(await userinfo(`Bearer ${accessToken}`, '/t/acme/userinfo')).toMatchObject(INVALID);
    expect((await userinfo(`Bearer ${accessToken}`, '/t/default/userinfo')).status).toBe(200);
    expect(await userinfo(`Bearer ${accessToken}`, '/t/nobody/userinfo')).toMatchObject({ status: 404 });
  });

  it('an ID token is bound to the nonce of its own request: a client that expects another refuses it', async () => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    const party = await RelyingParty.of(hub, clientId);
    await expect(party.signIn({ ...IDENTITY, nonce: 'mine' }, { expectedNonce: 'another' })).rejects.toMatchObject({ code: oauth.JWT_CLAIM_COMPARISON });
    await expect(party.signIn(IDENTITY, { expectedNonce: 'mine' })).rejects.toThrow();
    await expect(party.signIn({ ...IDENTITY, nonce: 'mine' }, { expectedNonce: oauth.expectNoNonce })).rejects.toThrow();
  });

  it('nobody can take the nonce out of a code or put another in', async () => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    const { code, verifier } = await obtainCode(hub, clientId, { change: { ...IDENTITY, nonce: 'mine' } });
    for (const forged of [code.replace(/\.mine$/, ''), code.replace(/\.mine$/, '.yours'), `${code}.more`, code.replace(/\.mine$/, '.')])
      expect((await redeem(hub, clientId, { code: forged, verifier })).body['error']).toBe('invalid_grant');
    expect((await redeem(hub, clientId, { code, verifier })).status).toBe(200);
  });

  it.each([['too long', 'x'.repeat(256)], ['with a line break', 'a\nb'], ['beyond ASCII', 'nön']])('a nonce that is %s is told to the client', async (_, nonce) => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    expect(answerOf(await hub.browser().open(authorizeUrl(clientId, pkce().challenge, { nonce }))).get('error')).toBe('invalid_request');
  });

  it('IR-09, RFC 6750: a token is read from one place, never from the query, and who sends none is told how', async () => {
    const { accessToken } = await signedIn();
    const none = await userinfo(undefined);
    expect([none.status, none.challenge]).toEqual([401, 'Bearer realm="mandate", scope="openid"']);
    expect(await userinfo(undefined, `/userinfo?access_token=${accessToken}`)).toMatchObject({ status: 401 });
    expect(await userinfo(`Basic ${accessToken}`)).toMatchObject(INVALID);
    const body = new URLSearchParams({ access_token: accessToken });
    expect(await userinfo(`Bearer ${accessToken}`, '/userinfo', { method: 'POST', body })).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const json = await hub.fetch('/userinfo', { method: 'POST', body: JSON.stringify({ access_token: accessToken }), headers: { 'content-type': 'application/json' } });
    expect(json.status).toBe(401);
    expect((await hub.fetch('/userinfo', { headers: { authorization: `Bearer ${accessToken}` } })).headers.get('cache-control')).toBe('no-store');
  });

  it('stands in no event, and a nonce neither', async () => {
    const log = JSON.stringify(await hub.events());
    for (const secret of [ANA.name, ANA.email, 'Erased', 'mine', 'yours']) expect(log).not.toContain(`"${secret}"`);
    expect(log).toContain('"claims":["name","email"]');
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
