import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { ChangeTenant } from '../../../src/commands/tenants/change-tenant.js';
import { answerOf, authorizeUrl, obtainCode, pkce, redeem, signIn } from '../../support/code-flow.js';
import { ANA, NOTES, PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';
import { RelyingParty } from '../../support/relying-party.js';

const IDENTITY = { scope: 'openid profile email', resource: undefined, nonce: 'n-0S6_WzA2Mj' };

/** OpenID Connect Core 1.0, for people: who signed in, and what they agreed to tell. */
describe('openid connect', () => {
  let hub: TestHub;
  let userId: string;
  let resourceId: string;
  beforeAll(async () => {
    hub = await startHub();
    resourceId = await hub.resource();
    userId = await hub.user();
  });
  afterAll(() => hub.close());

  const application = async (name: string) => {
    const { clientId, agentId } = await hub.agent(PUBLIC_CLIENT, name);
    return { clientId, agentId, party: await RelyingParty.of(hub, clientId) };
  };
  const userinfo = async (path: string, init: RequestInit) => (await (await hub.fetch(path, init)).json()) as Record<string, unknown>;

  it('signs a person in for an application that wants to know nothing but who it is', async () => {
    const { clientId, party } = await application('Sign-in');
    const { tokens, identity } = await party.signIn(IDENTITY);
    const seconds = hub.inside.clock.seconds();
    expect(identity).toEqual({
      iss: hub.issuer, sub: userId, aud: clientId, iat: seconds, exp: seconds + 3600, auth_time: seconds, amr: ['pwd'], acr: 'urn:mandate:acr:1', nonce: IDENTITY.nonce,
      at_hash: createHash('sha256').update(tokens.access_token).digest().subarray(0, 16).toString('base64url'),
    });
    expect(decodeProtectedHeader(tokens.id_token!)).toMatchObject({ alg: 'ES256', typ: 'JWT' });
    expect(tokens.scope).toBe('openid profile email');
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: `${hub.issuer}/userinfo`, sub: userId });
    expect(await party.userinfo(tokens.access_token, userId)).toEqual({ sub: userId, name: ANA.name, email: ANA.email, email_verified: false });
  });

  it('asks in words, about the person and not about a resource', async () => {
    const { clientId } = await application('Asking');
    const browser = hub.browser();
    const first = await browser.open(authorizeUrl(clientId, pkce().challenge, IDENTITY));
    expect(first.html).toContain('wants to know who you are.');
    const { html } = await signIn(browser, first);
    for (const words of ['know who you are?', 'Recognise you', 'See your name', 'See your e-mail address', 'It can do nothing in your name.', 'it can keep']) expect(html).toContain(words);
    expect(html).not.toContain('It acts in your name');
  });

  it('tells only what was agreed to, and the ledger has it before it is told', async () => {
    const { clientId, agentId, party } = await application('Nameless');
    const browser = hub.browser();
    const { verifier, challenge } = pkce();
    const page = await signIn(browser, await browser.open(authorizeUrl(clientId, challenge, IDENTITY)));
    const done = await browser.submit(page, '/consent', { decision: 'allow', scope: 'profile' });
    const { body } = await redeem(hub, clientId, { code: answerOf(done).get('code')!, verifier });
    expect(body['scope']).toBe('openid profile');
    expect(await party.userinfo(body['access_token'] as string, userId)).toEqual({ sub: userId, name: ANA.name });
    const revealed = (await hub.events('PersonalDataRevealed')).filter(({ data }) => (data as { agentId: string }).agentId === agentId);
    expect(revealed.map(({ data, actor }) => [data, actor])).toEqual([
      [{ agentId, userIds: [userId], claims: ['name'] }, { kind: 'user', id: userId, act: { kind: 'agent', id: agentId } }],
    ]);
  });

  it('goes with a token for a resource, which says who it is at userinfo in each way that a token can be sent', async () => {
    const { agentId, party } = await application('Both');
    const { tokens } = await party.signIn({ scope: 'notes:read openid', nonce: 'n' });
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: NOTES.uri, scope: 'notes:read openid' });
    expect(await party.userinfo(tokens.access_token, userId)).toEqual({ sub: userId });
    const bearer = { headers: { authorization: `Bearer ${tokens.access_token}` } };
    expect(await userinfo('/userinfo', { ...bearer, method: 'POST' })).toEqual({ sub: userId });
    expect(await userinfo('/userinfo', { method: 'POST', body: new URLSearchParams({ access_token: tokens.access_token }) })).toEqual({ sub: userId });
    // The ID alone is no personal data that was opened.
    expect((await hub.events('PersonalDataRevealed')).filter(({ data }) => (data as { agentId: string }).agentId === agentId)).toEqual([]);
  });

  it('gives the defaults of a resource beside who it is: some clients ask every server for `openid email profile`', async () => {
    const { party } = await application('mcp-remote');
    expect((await party.signIn({ scope: 'openid email profile' })).tokens.scope).toBe('notes:read openid email profile');
  });

  it('means no default resource when nothing but identity is asked for, and the default one when more is', async () => {
    await hub.do(new ChangeTenant({ type: 'ChooseDefaultResource', resourceId }, hub.context));
    const audience = async (scope: string) => decodeJwt((await (await application('Default')).party.signIn({ scope, resource: undefined })).tokens.access_token).aud;
    expect(await audience('openid offline_access')).toBe(`${hub.issuer}/userinfo`);
    expect(await audience('openid notes:read')).toBe(NOTES.uri);
  });

  it('gives a new ID token of the same sign-in with a refreshed token, without the nonce, and none when openid is left out', async () => {
    const { party } = await application('Refreshing');
    const { tokens, identity } = await party.signIn({ ...IDENTITY, resource: NOTES.uri });
    hub.inside.clock.advance(60);
    const second = await party.refresh(tokens.refresh_token!);
    expect(second.identity).toMatchObject({ iss: hub.issuer, sub: userId, aud: identity!.aud, auth_time: identity!.auth_time, iat: identity!.iat + 60 });
    expect(second.identity).not.toHaveProperty('nonce');
    const third = await party.refresh(second.tokens.refresh_token!, 'notes:read');
    expect(third.tokens).not.toHaveProperty('id_token');
    expect(third.tokens.scope).toBe('notes:read');
  });

  it('signs the ID token as metadata says, whatever the tokens of the resource are signed with', async () => {
    await hub.resource({ ...NOTES, uri: 'https://rsa.example/', signingAlgorithm: 'RS256' });
    const { tokens } = await (await application('Mixed')).party.signIn({ scope: 'openid', resource: 'https://rsa.example/' });
    expect([tokens.access_token, tokens.id_token!].map((token) => decodeProtectedHeader(token).alg)).toEqual(['RS256', 'ES256']);
  });

  it('tells when the person signed in, so that max_age can be relied on', async () => {
    const { clientId, party } = await application('Fresh');
    const { browser, identity } = await party.signIn(IDENTITY);
    hub.inside.clock.advance(300);
    const again = await party.signIn(IDENTITY, { browser });
    expect(again.identity!.auth_time).toBe(identity!.auth_time);
    const fresh = await obtainCode(hub, clientId, { browser, change: { ...IDENTITY, max_age: '200' } });
    const { body } = await redeem(hub, clientId, fresh);
    expect(decodeJwt(body['id_token'] as string)['auth_time']).toBe(identity!.auth_time! + 300);
  });

  it('takes what real clients make a nonce of, and gives it back byte for byte', async () => {
    const { party } = await application('Nonces');
    for (const nonce of ['638678.NzkxZGE0YjAtZTU1NC00+/==', 'a b"c\\d.e.f', 'x'.repeat(255)])
      expect((await party.signIn({ ...IDENTITY, nonce })).identity!.nonce).toBe(nonce);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
