import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { answerOf, authorizeUrl, obtainCode, pkce, signIn } from '../../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';

/** Threats 3.1 (AZ), 3.2 (CN), 3.5 (PK), 3.13 (DM). */
describe('the authorization endpoint', () => {
  let hub: TestHub;
  let clientId: string;
  beforeAll(async () => {
    hub = await startHub();
    await hub.resource();
    await hub.user();
    ({ clientId } = await hub.agent(PUBLIC_CLIENT));
  });
  afterAll(() => hub.close());
  const open = (change: Readonly<Record<string, string | undefined>> = {}, id = clientId) => hub.browser().open(authorizeUrl(id, pkce().challenge, change));

  it('AZ-01: shows one and the same page for an unknown and a retired client, and redirects nowhere', async () => {
    const { clientId: retired } = await hub.agent(PUBLIC_CLIENT, 'Retired');
    await hub.do(new ChangeAgent(retired, { type: 'RetireAgent', reason: 'test' }, hub.context));
    const pages = [await open({}, 'agt_unknown'), await open({}, retired), await open({}, 'res_whatever'), await open({}, '../agt_x')];
    const texts = pages.map(({ html }) => html.replace(/req_[\w-]+/g, ''));
    expect(pages.map(({ status, location }) => [status, location])).toEqual(pages.map(() => [400, undefined]));
    expect(new Set(texts).size).toBe(1);
  });

  it.each([
    'https://app.example/callback/', 'https://app.example/callback/x', 'https://app.example/callback/..;/x', 'https://app.example/%2e%2e/callback',
    'https://app.example/Callback', 'https://app.example/callback?x=1', 'https://app.example/callback#x', 'https://app.example@evil.example/callback',
    'https://app.example.evil.example/callback', 'https://app.example\\@evil.example/callback', 'https://app.example/callback\t',
    'https://app.example:444/callback', 'http://app.example/callback', 'https://аpp.example/callback', 'javascript:alert(1)', '//evil.example',
  ])('AZ-02: shows a page and redirects nowhere for redirect_uri %j', async (redirectUri) => {
    const page = await open({ redirect_uri: redirectUri });
    expect([page.status, page.location]).toEqual([400, undefined]);
  });

  it('AZ-02: records one mismatch with a digest of what was asked, however often it is tried', async () => {
    const { clientId: other, agentId } = await hub.agent(PUBLIC_CLIENT, 'Probed');
    for (let n = 0; n < 5; n += 1) await open({ redirect_uri: `https://evil.example/${n}` }, other);
    const refused = (await hub.events('AuthorizationRefused')).filter(({ data }) => (data as { agentId: string }).agentId === agentId);
    expect(refused.map(({ data }) => data)).toEqual([{ agentId, reason: 'authorization.redirect_mismatch', redirectDigest: expect.any(String) }]);
  });

  it('AZ-03: shows a page when no redirect_uri is given and several are registered', async () => {
    const { clientId: two } = await hub.agent({ ...PUBLIC_CLIENT, redirectUris: ['https://a.example/', 'https://b.example/'] });
    expect((await open({ redirect_uri: undefined }, two)).status).toBe(400);
    expect(answerOf(await open({ redirect_uri: undefined, response_type: 'token' })).get('error')).toBe('unsupported_response_type');
  });

  it('AZ-04: lets the port of a loopback redirect vary, and nothing else', async () => {
    const { clientId: native } = await hub.agent({ ...PUBLIC_CLIENT, applicationType: 'native', redirectUris: ['http://127.0.0.1/cb'] });
    expect((await open({ redirect_uri: 'http://127.0.0.1:49152/cb' }, native)).status).toBe(200);
    for (const evil of ['http://localhost.evil/cb', 'http://127.0.0.1.evil/cb', 'http://127.1/cb', 'http://0.0.0.0/cb', 'http://[::ffff:127.0.0.1]/cb', 'http://localhost/cb'])
      expect([(await open({ redirect_uri: evil }, native)).status, evil]).toEqual([400, evil]);
  });

  it.each([
    ['token', 'unsupported_response_type'], ['id_token', 'unsupported_response_type'], ['code token', 'unsupported_response_type'], [undefined, 'invalid_request'],
  ])('AZ-05, DM-01: tells the client about response_type %j with state and iss', async (responseType, error) => {
    const answer = answerOf(await open({ response_type: responseType }));
    expect([answer.get('error'), answer.get('state'), answer.get('iss'), answer.get('code')]).toEqual([error, 'st-1', hub.issuer, null]);
  });

  it('AZ-06: refuses a parameter that is given twice', async () => {
    const page = await hub.browser().open(`${authorizeUrl(clientId, pkce().challenge)}&state=other`);
    expect(answerOf(page).get('error')).toBe('invalid_request');
    const twice = await hub.browser().open(`${authorizeUrl(clientId, pkce().challenge)}&redirect_uri=${encodeURIComponent('https://evil.example/')}`);
    expect([twice.status, twice.location]).toEqual([400, undefined]);
  });

  it('AZ-07: refuses request objects without looking at them', async () => {
    expect(answerOf(await open({ request: 'eyJhbGciOiJub25lIn0.e30.' })).get('error')).toBe('request_not_supported');
    expect(answerOf(await open({ request_uri: 'http://169.254.169.254/' })).get('error')).toBe('request_uri_not_supported');
    expect(hub.inside.documents.asked).toEqual([]);
  });

  it('AZ-08: prompt=none never shows a page and never gives a code without session and consent', async () => {
    const { clientId: fresh } = await hub.agent(PUBLIC_CLIENT, 'Silent');
    expect(answerOf(await open({ prompt: 'none' }, fresh)).get('error')).toBe('login_required');
    const { browser } = await obtainCode(hub, clientId);
    const silent = await browser.open(authorizeUrl(fresh, pkce().challenge, { prompt: 'none' }));
    expect(answerOf(silent).get('error')).toBe('consent_required');
  });

  it('AZ-09: a form opened in another browser, or changed, is void', async () => {
    const mine = hub.browser();
    const page = await mine.open(authorizeUrl(clientId, pkce().challenge));
    const stolen = await signIn(hub.browser(), page);
    expect(stolen.status).toBe(403);
    const changed = await mine.submit(page, '/sign-in', { email: 'ana@example.com', password: 'x', transaction: 'eyJhIjoxfQ.abc' });
    expect([changed.status, changed.location]).toEqual([400, undefined]);
  });

  it.each(['//evil.example/?', 'https://evil.example/?', '/my/agents?'])('a query that begins like a place (%s) leads nowhere else after signing in', async (place) => {
    const { clientId: fresh } = await hub.agent(PUBLIC_CLIENT, 'Linked');
    const browser = hub.browser();
    const consent = await signIn(browser, await browser.open(authorizeUrl(fresh, pkce().challenge).replace('?', `?${place}&`)));
    expect([consent.location, new URL(consent.url).origin]).toEqual([undefined, hub.issuer]);
    expect(consent.html).toContain('name="decision"');
  });

  it('AZ-09: a page that was open for too long is void', async () => {
    const browser = hub.browser();
    const page = await browser.open(authorizeUrl(clientId, pkce().challenge));
    hub.inside.clock.advance(3600);
    expect((await signIn(browser, page)).status).toBe(400);
  });

  it('CN-01: refuses a consent without a CSRF token, with a foreign one, and from another site', async () => {
    const { clientId: other, agentId } = await hub.agent(PUBLIC_CLIENT, 'CSRF');
    const browser = hub.browser();
    const page = await signIn(browser, await browser.open(authorizeUrl(other, pkce().challenge)));
    for (const [fields, headers] of [
      [{ csrf: '' }, {}], [{ csrf: 'foreign' }, {}], [{}, { origin: 'https://evil.example' }], [{}, { 'sec-fetch-site': 'cross-site' }],
    ] as [Record<string, string>, Record<string, string>][])
      expect((await browser.submit(page, '/consent', { decision: 'allow', ...fields }, headers)).status).toBe(403);
    const given = (await hub.events('GrantGiven')).filter(({ data }) => (data as { agentId: string }).agentId === agentId);
    expect(given).toEqual([]);
  });

  it('CN-02: no page can be framed, cached, or made to run a script', async () => {
    for (const path of ['/', '/sign-in', authorizeUrl(clientId, pkce().challenge), authorizeUrl('agt_nobody', 'x')]) {
      const { headers } = await hub.fetch(path);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('cache-control')).toContain('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('CN-03: consent to one client is no consent to another', async () => {
    const { browser } = await obtainCode(hub, clientId);
    const { clientId: second } = await hub.agent(PUBLIC_CLIENT, 'Second');
    const page = await browser.open(authorizeUrl(second, pkce().challenge));
    expect(page.html).toContain('name="decision"');
  });

  it('CN-05: more scopes than agreed to need the person again', async () => {
    const { clientId: growing } = await hub.agent(PUBLIC_CLIENT, 'Growing');
    const { browser } = await obtainCode(hub, growing, { change: { scope: 'notes:read' } });
    expect(answerOf(await browser.open(authorizeUrl(growing, pkce().challenge, { scope: 'notes:read' }))).get('code')).toBeTruthy();
    const wider = await browser.open(authorizeUrl(growing, pkce().challenge));
    expect(wider.html).toContain('name="decision"');
  });

  it('CN-07: a consent page of one person does not work in the session of another', async () => {
    const other = { email: 'ben@example.com', name: 'Ben', password: 'another long password' };
    await hub.user(other);
    const { clientId: fresh } = await hub.agent(PUBLIC_CLIENT, 'Shared computer');
    const browser = hub.browser();
    const anas = await signIn(browser, await browser.open(authorizeUrl(fresh, pkce().challenge)));
    await signIn(browser, await browser.open('/sign-in'), other);
    expect((await browser.submit(anas, '/consent', { decision: 'allow' })).status).toBe(403);
  });

  it.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }], ['plain', { code_challenge_method: 'plain' }],
    ['no method', { code_challenge_method: undefined }], ['s256', { code_challenge_method: 's256' }], ['a short challenge', { code_challenge: 'abc' }],
  ])('PK-01, PK-02: refuses %s', async (_, change) => {
    expect(answerOf(await open(change)).get('error')).toBe('invalid_request');
  });

  it('refuses a resource that is not registered, and scopes that none of it knows', async () => {
    expect(answerOf(await open({ resource: 'https://elsewhere.example/' })).get('error')).toBe('invalid_target');
    expect(answerOf(await open({ scope: 'nothing:known' })).get('error')).toBe('invalid_scope');
  });

  it('forgives the slash that clients add to a bare origin, and a scope with a leading space', async () => {
    await hub.resource({ ...NOTES, uri: 'https://bare.example' });
    const page = await open({ resource: 'https://bare.example/', scope: ' offline_access notes:read' });
    expect([page.status, page.location]).toEqual([200, undefined]);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
