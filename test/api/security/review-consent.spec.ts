import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerOf, authorizeUrl, obtainCode, pkce, redeem, refresh, signIn } from '../../support/code-flow.js';
import { PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';

const DOCUMENT = 'https://client.example/agent.json';
const describing = (name: string) => ({
  client_id: DOCUMENT, client_name: name, redirect_uris: PUBLIC_CLIENT.redirectUris, grant_types: PUBLIC_CLIENT.grantTypes, token_endpoint_auth_method: 'none',
});

describe('what a person agreed to', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
    await hub.resource();
    await hub.user();
  });
  afterAll(() => hub.close());

  it('CM-13: consent to the changed client gives it what is agreed to now, not what the old one had', async () => {
    hub.inside.documents.publish(DOCUMENT, describing('Before'));
    const { browser } = await obtainCode(hub, DOCUMENT);
    hub.inside.documents.publish(DOCUMENT, describing('After'));
    hub.inside.clock.advance(86_400);

    await obtainCode(hub, DOCUMENT, { browser, change: { scope: 'notes:read' } });

    expect((await hub.events('GrantGiven', 'GrantWidened')).at(-1)?.data).toMatchObject({ scopes: ['notes:read'] });
    const page = await browser.open(authorizeUrl(DOCUMENT, pkce().challenge));
    expect([page.location, page.html.includes('name="decision"')]).toEqual([undefined, true]);
  });

  it('CM-13: what the client got before it changed stays dead when the person agrees to what it is now', async () => {
    hub.inside.documents.publish(DOCUMENT, describing('Taken over'));
    hub.inside.clock.advance(86_400);
    const obtained = await obtainCode(hub, DOCUMENT);
    const { body } = await redeem(hub, DOCUMENT, obtained);
    hub.inside.documents.publish(DOCUMENT, describing('Taken back'));
    hub.inside.clock.advance(86_400);

    await obtainCode(hub, DOCUMENT, { browser: obtained.browser });

    expect((await refresh(hub, DOCUMENT, String(body['refresh_token']))).body).toMatchObject({ error: 'invalid_grant' });
  });

  it.each([
    ['a scheme of its own, which any program can claim', 'com.example.app:/callback'],
    ['a loopback address, where any program can listen', 'http://127.0.0.1/callback'],
  ])('RFC 8252 section 8.6: a client at %s is asked about each time', async (_, redirectUri) => {
    const { clientId } = await hub.agent({ ...PUBLIC_CLIENT, redirectUris: [redirectUri], applicationType: 'native' });
    const browser = hub.browser();
    const request = () => browser.open(authorizeUrl(clientId, pkce().challenge, { redirect_uri: redirectUri }));
    const first = await browser.submit(await signIn(browser, await request()), '/consent', { decision: 'allow' });
    expect(answerOf(first).get('code')).toBeTruthy();

    const second = await request();

    expect([second.location, second.html.includes('name="decision"')]).toEqual([undefined, true]);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
