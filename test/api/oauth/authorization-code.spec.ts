import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { answerOf, authorizeUrl, obtainCode, pkce, redeem, refresh, signIn } from '../../support/code-flow.js';
import { ANA, NOTES, PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';

describe('grant_type=authorization_code', () => {
  let hub: TestHub;
  let clientId: string;
  let userId: string;
  beforeAll(async () => {
    hub = await startHub();
    await hub.resource();
    userId = await hub.user();
    ({ clientId } = await hub.agent(PUBLIC_CLIENT));
  });
  afterAll(() => hub.close());

  it('takes a person through sign-in and consent to a token that names the person and the agent that acts', async () => {
    const browser = hub.browser();
    const { verifier, challenge } = pkce();
    const first = await browser.open(authorizeUrl(clientId, challenge));
    expect(first.status).toBe(200);
    const consent = await signIn(browser, first);
    expect(consent.html).toContain('Read your notes');
    expect(consent.html).toContain('app.example');
    const done = await browser.submit(consent, '/consent', { decision: 'allow' });
    expect(done.status).toBe(303);
    const answer = answerOf(done);
    expect(answer.get('state')).toBe('st-1');
    expect(answer.get('iss')).toBe(hub.issuer);
    const token = await redeem(hub, clientId, { code: answer.get('code')!, verifier });
    expect(token.status).toBe(200);
    expect(token.body).toMatchObject({ token_type: 'Bearer', scope: 'notes:read notes:write', refresh_token: expect.any(String) });
    expect(decodeJwt(token.body['access_token'] as string)).toMatchObject({
      iss: hub.issuer, aud: NOTES.uri, sub: userId, client_id: clientId, act: { sub: clientId }, amr: ['pwd'],
    });
    const types = (await hub.events('UserSignedIn', 'GrantGiven', 'CodeIssued', 'CodeRedeemed', 'TokenIssued')).map(({ type }) => type);
    expect(types).toEqual(['UserSignedIn', 'GrantGiven', 'CodeIssued', 'CodeRedeemed', 'TokenIssued']);
  });

  it('asks nobody again for what was agreed to, and asks for the difference', async () => {
    const { browser } = await obtainCode(hub, clientId);
    const again = await browser.open(authorizeUrl(clientId, pkce().challenge));
    expect(answerOf(again).get('code')).toBeTruthy();
    const asked = await browser.open(authorizeUrl(clientId, pkce().challenge, { prompt: 'consent' }));
    expect(asked.html).toContain('name="decision"');
  });

  it('lets the person decline a scope, and the token has the rest', async () => {
    const { clientId: other } = await hub.agent({ ...PUBLIC_CLIENT, redirectUris: ['https://app.example/callback', 'https://x.example/'] });
    const browser = hub.browser();
    const { verifier, challenge } = pkce();
    const consent = await signIn(browser, await browser.open(authorizeUrl(other, challenge)));
    const done = await browser.submit(consent, '/consent', { decision: 'allow', scope: 'notes:read' });
    const token = await redeem(hub, other, { code: answerOf(done).get('code')!, verifier });
    expect(token.body['scope']).toBe('notes:read');
  });

  it('tells the client when the person says no, and records it', async () => {
    const { clientId: other } = await hub.agent(PUBLIC_CLIENT, 'Unwanted');
    const browser = hub.browser();
    const consent = await signIn(browser, await browser.open(authorizeUrl(other, pkce().challenge)));
    const answer = answerOf(await browser.submit(consent, '/consent', { decision: 'deny' }));
    expect([answer.get('error'), answer.get('state'), answer.get('iss')]).toEqual(['access_denied', 'st-1', hub.issuer]);
    expect((await hub.events('ConsentDenied')).at(-1)?.data).toMatchObject({ agentId: other, userId });
  });

  it('rotates refresh tokens and keeps the audience when the client leaves it out', async () => {
    const obtained = await obtainCode(hub, clientId);
    const first = await redeem(hub, clientId, obtained);
    const second = await refresh(hub, clientId, first.body['refresh_token'] as string);
    expect(second.status).toBe(200);
    expect(second.body['refresh_token']).not.toBe(first.body['refresh_token']);
    expect(decodeJwt(second.body['access_token'] as string).aud).toBe(NOTES.uri);
  });

  it('keeps people signed in when the hub restarts', async () => {
    const { browser } = await obtainCode(hub, clientId);
    expect(browser.cookie('mandate_session_default')).toMatch(/^usr_/);
    const wrong = await signIn(hub.browser(), await hub.browser().open('/sign-in')).catch(() => undefined);
    expect(wrong?.status).toBe(403);
  });

  it('answers a wrong password and an unknown person alike', async () => {
    for (const person of [{ ...ANA, password: 'not the password' }, { email: 'nobody@example.com', password: 'x' }]) {
      const browser = hub.browser();
      const page = await signIn(browser, await browser.open('/sign-in'), person as typeof ANA);
      expect(page.status).toBe(401);
      expect(page.html).toContain('do not go together');
    }
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
