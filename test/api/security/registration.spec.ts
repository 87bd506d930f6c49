import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { ChangeTenant } from '../../../src/commands/tenants/change-tenant.js';
import { FetchRefused } from '../../../src/domain/ports/guarded-fetch.js';
import { REDIRECT, answerOf, authorizeUrl, obtainCode, obtainTokens, pkce, redeem, refresh, signIn } from '../../support/code-flow.js';
import { type TestHub, startHub } from '../../support/hub.js';

/** Threats 3.9 (DC) and the part of 3.10 (CM) that an authorization passes through; the fetch itself has specs of its own. */
const OPEN = { dynamic: 'open', metadataDocuments: 'open', allowedHosts: [] as readonly string[] } as const;

describe('clients that register themselves', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
    await hub.resource();
    await hub.user();
  });
  afterAll(() => hub.close());

  const register = async (metadata: unknown) => {
    const answer = await hub.fetch('/register', { method: 'POST', body: JSON.stringify(metadata), headers: { 'content-type': 'application/json' } });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const PLAIN = { client_name: 'Editor', redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'] };

  describe('by RFC 7591', () => {
    it('answers 201 with everything as it took effect: no nulls, no empty URLs, no secret for a public client', async () => {
      const { status, body } = await register(PLAIN);
      expect(status).toBe(201);
      expect(body).toMatchObject({ client_id: expect.stringMatching(/^agt_/), redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none', response_types: ['code'], client_id_issued_at: expect.any(Number) });
      expect(body).not.toHaveProperty('client_secret');
      expect(Object.values(body)).not.toContain(null);
      expect(Object.values(body)).not.toContain('');
    });

    it('gives a confidential client a secret that works and does not expire', async () => {
      const { body } = await register({ client_name: 'Web', redirect_uris: [REDIRECT] });
      expect(body).toMatchObject({ client_secret: expect.any(String), client_secret_expires_at: 0, token_endpoint_auth_method: 'client_secret_basic' });
      const tokens = await obtainCode(hub, body['client_id'] as string);
      expect((await redeem(hub, body['client_id'] as string, tokens)).status).toBe(401);
      expect((await redeem(hub, body['client_id'] as string, tokens, { client_secret: body['client_secret'] as string })).status).toBe(200);
    });

    it('gives the same public client the same agent, so that suspension is not shed by registering anew', async () => {
      const first = (await register({ ...PLAIN, client_name: 'Evader' })).body['client_id'] as string;
      await hub.do(new ChangeAgent(first, { type: 'SuspendAgent', reason: 'test' }, hub.context));
      expect((await register({ ...PLAIN, client_name: 'Evader' })).body['client_id']).toBe(first);
      const browser = hub.browser();
      const page = await signIn(browser, await browser.open(authorizeUrl(first, pkce().challenge)));
      expect(answerOf(page).get('error')).toBe('access_denied');
    });

    it('gives a stranger nothing without a person: no scope of its own, no client_credentials', async () => {
      const refused = await register({ ...PLAIN, grant_types: ['client_credentials'] });
      expect([refused.status, refused.body['error']]).toEqual([400, 'invalid_client_metadata']);
      const stripped = await register({ ...PLAIN, grant_types: ['authorization_code', 'client_credentials'], skip_consent: true, trusted: true, tenant_id: 'x', first_party: true });
      expect(stripped.body['grant_types']).toEqual(['authorization_code']);
      for (const name of ['skip_consent', 'trusted', 'tenant_id', 'first_party']) expect(stripped.body).not.toHaveProperty(name);
    });

    it.each([
      'javascript:alert(1)', 'data:text/html,x', 'http://evil.example/cb', 'https://*.example/cb', 'https://a.example/cb#f', 'https://u@a.example/', 'x'.repeat(10_000),
    ])('DC-01: refuses redirect_uri %.40s', async (uri) => {
      const { status, body } = await register({ ...PLAIN, redirect_uris: [uri] });
      expect([status, body['error']]).toEqual([400, 'invalid_redirect_uri']);
    });

    it('DC-03: fetches nothing that a registration names', async () => {
      const before = hub.inside.documents.asked.length;
      const { status } = await register({ ...PLAIN, token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://169.254.169.254/keys' });
      expect(status).toBe(400);
      expect(hub.inside.documents.asked.length).toBe(before);
    });

    it('refuses bodies that are no JSON object, in OAuth\'s shape', async () => {
      for (const body of ['[]', '"x"', 'null', '{', '{"__proto__":{"x":1},"redirect_uris":[]}']) {
        const answer = await hub.fetch('/register', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
        expect([body, answer.status]).toEqual([body, 400]);
        expect(await answer.json()).toMatchObject({ error: expect.stringMatching(/^invalid_/) });
      }
    });

    it('DC-09: is closed where the tenant closed it, and not advertised', async () => {
      const open = { dynamic: 'open', metadataDocuments: 'open', allowedHosts: [] } as const;
      await hub.do(new ChangeTenant({ type: 'ChangeRegistrationPolicy', registration: { ...open, dynamic: 'closed' } }, hub.context));
      const { status, body } = await register(PLAIN);
      expect([status, body['error']]).toEqual([403, 'access_denied']);
      expect(await (await hub.fetch('/.well-known/oauth-authorization-server')).json()).not.toHaveProperty('registration_endpoint');
      await hub.do(new ChangeTenant({ type: 'ChangeRegistrationPolicy', registration: open }, hub.context));
    });

    it('DC-08: slows a network that registers without end, and equal registrations write one event', async () => {
      const before = (await hub.events('AgentRegistered')).length;
      const statuses: number[] = [];
      for (let n = 0; n < 80; n += 1) statuses.push((await register({ ...PLAIN, client_name: 'Flood' })).status);
      expect(statuses).toContain(429);
      expect((await hub.events('AgentRegistered')).length - before).toBeLessThanOrEqual(1);
      hub.inside.clock.advance(60);
    });
  });

  describe('by a client ID metadata document', () => {
    let count = 0;
    const publish = (change: Record<string, unknown> = {}, maxAge?: number): string => {
      const url = `https://vendor.example/agents/${(count += 1)}.json`;
      hub.inside.documents.publish(url, { client_id: url, ...PLAIN, ...change }, maxAge);
      return url;
    };
    const asked = (url: string): number => hub.inside.documents.asked.filter((one) => one === url).length;

    it('takes a person through consent, which names the host of the document, and registers the agent only then', async () => {
      const url = publish();
      const browser = hub.browser();
      const page = await signIn(browser, await browser.open(authorizeUrl(url, pkce().challenge)));
      expect(page.html).toContain('vendor.example');
      const known = async () => (await hub.events('AgentRegistered')).filter(({ data }) => (data as { clientId: string }).clientId === url).length;
      expect(await known()).toBe(0);
      const done = await browser.submit(page, '/consent', { decision: 'allow' });
      expect(answerOf(done).get('code')).toBeTruthy();
      expect(await known()).toBe(1);
    });

    it('is one fetch for one sign-in, also when the document says no-store', async () => {
      const url = publish({}, 0);
      await obtainTokens(hub, url);
      expect(asked(url)).toBe(1);
    });

    it('CM-01: shows a page and fetches nothing for a URL that can\'t name a document', async () => {
      const before = hub.inside.documents.asked.length;
      for (const url of [
        'http://vendor.example/a.json', 'https://vendor.example', 'https://vendor.example/', 'https://vendor.example/a#b', 'https://u:p@vendor.example/a',
        'https://vendor.example/./a', 'https://vendor.example/x/../a', 'https://vendor.example/%2e%2e/a', 'https://vendor.example:22/a', `https://vendor.example/${'a'.repeat(3000)}`,
        'https://127.0.0.1/a', 'https://localhost/a', 'https://[::1]/a', 'https://2130706433/a', 'https://169.254.169.254/latest',
      ])
        expect([url.slice(0, 50), (await hub.browser().open(authorizeUrl(url, pkce().challenge))).status]).toEqual([url.slice(0, 50), 400]);
      expect(hub.inside.documents.asked.length).toBe(before);
    });

    it('CM-09, CM-10, CM-16: one and the same page whatever is wrong with the document or its fetch', async () => {
      const wrong = [
        publish({ client_id: 'https://vendor.example/other.json' }), publish({ client_secret: 'x' }), publish({ token_endpoint_auth_method: 'client_secret_post' }),
        publish({ redirect_uris: [] }), publish({ redirect_uris: ['javascript:alert(1)'] }), publish({ client_name: undefined }), 'https://vendor.example/agents/missing.json',
      ];
      const pages = await Promise.all(wrong.map((url) => hub.browser().open(authorizeUrl(url, pkce().challenge))));
      expect(pages.map(({ status, location }) => [status, location])).toEqual(wrong.map(() => [400, undefined]));
      expect(new Set(pages.map(({ html }) => html.replace(/req_[\w-]+/g, ''))).size).toBe(1);
    });

    it('CM-12: an error is never kept: the next try reads the document', async () => {
      const url = 'https://vendor.example/agents/late.json';
      expect((await hub.browser().open(authorizeUrl(url, pkce().challenge))).status).toBe(400);
      hub.inside.documents.publish(url, { client_id: url, ...PLAIN });
      expect((await hub.browser().open(authorizeUrl(url, pkce().challenge))).status).toBe(200);
    });

    it('CM-13, DC-07: a changed document ends the consent that was given to the old one', async () => {
      const url = publish();
      const tokens = await obtainTokens(hub, url);
      hub.inside.documents.publish(url, { client_id: url, ...PLAIN, client_name: 'Somebody else' });
      hub.inside.clock.advance(2 * 86_400);
      const page = await tokens.browser.open(authorizeUrl(url, pkce().challenge));
      expect(page.html).toMatch(/name="(decision|password)"/);
      const consent = page.html.includes('name="password"') ? await signIn(tokens.browser, page) : page;
      expect(consent.html).toContain('Somebody else');
      await tokens.browser.submit(consent, '/consent', { decision: 'deny' });
      expect((await refresh(hub, url, tokens.refreshToken)).status).toBe(400);
    });

    it('CM-13: the token endpoint notices a changed document by itself', async () => {
      const url = publish();
      const tokens = await obtainTokens(hub, url);
      hub.inside.documents.publish(url, { client_id: url, ...PLAIN, redirect_uris: ['https://taken-over.example/cb'] });
      hub.inside.clock.advance(2 * 3600);
      let current = tokens.refreshToken;
      let status = 200;
      for (let n = 0; n < 50 && status === 200; n += 1) {
        const answer = await refresh(hub, url, current);
        status = answer.status;
        current = (answer.body['refresh_token'] as string | undefined) ?? current;
      }
      expect(status).toBe(400);
      expect((await hub.events('AgentMetadataChanged')).length).toBeGreaterThan(0);
    });

    it.each([
      ['other hosts', { dynamic: 'open', metadataDocuments: 'open', allowedHosts: ['other.example'] }],
      ['no host at all', { dynamic: 'open', metadataDocuments: 'closed', allowedHosts: [] }],
    ] as const)('a tenant that is open to %s ends what such a client got before, and the opening brings it back', async (_, registration) => {
      const url = publish();
      const tokens = await obtainTokens(hub, url);
      const change = (to: typeof registration | typeof OPEN) => hub.do(new ChangeTenant({ type: 'ChangeRegistrationPolicy', registration: to }, hub.context));
      await change(registration);
      expect((await refresh(hub, url, tokens.refreshToken)).body['error']).toBe('invalid_grant');
      expect((await hub.events('TokenRefused')).at(-1)?.data).toMatchObject({ reason: 'registration.closed' });
      await change({ ...OPEN, allowedHosts: [new URL(url).host] });
      expect((await refresh(hub, url, tokens.refreshToken)).status).toBe(200);
      await change(OPEN);
    });

    it('F-28: keeps working from the last good copy when the vendor\'s site fails', async () => {
      const url = publish();
      const { browser } = await obtainCode(hub, url);
      hub.inside.documents.withdraw(url);
      hub.inside.clock.advance(7200);
      const page = await browser.open(authorizeUrl(url, pkce().challenge));
      expect(page.status === 303 || page.html.includes('name="decision"')).toBe(true);
    });

    it('is refused where the tenant allows other hosts only', async () => {
      const open = { dynamic: 'open', metadataDocuments: 'open', allowedHosts: [] } as const;
      await hub.do(new ChangeTenant({ type: 'ChangeRegistrationPolicy', registration: { ...open, allowedHosts: ['good.example'] } }, hub.context));
      const before = hub.inside.documents.asked.length;
      expect((await hub.browser().open(authorizeUrl(publish(), pkce().challenge))).status).toBe(403);
      expect(hub.inside.documents.asked.length).toBe(before);
      await hub.do(new ChangeTenant({ type: 'ChangeRegistrationPolicy', registration: open }, hub.context));
    });

    it('CM-15: a flood of strangers\' URLs from one network is slowed', async () => {
      hub.inside.clock.advance(60);
      const statuses = new Set<number>();
      for (let n = 0; n < 130; n += 1) statuses.add((await hub.browser().open(authorizeUrl(`https://victim.example/${n}.json`, pkce().challenge))).status);
      expect(statuses).toContain(429);
      expect(hub.inside.documents.asked.filter((url) => url.startsWith('https://victim.example')).length).toBeLessThanOrEqual(120);
    });
  });

  it('left no failure behind', () => {
    expect(hub.inside.failures.filter((error) => !(error instanceof FetchRefused))).toEqual([]);
  });
});
