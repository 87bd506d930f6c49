import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readCookie, setCookie } from '../../../src/api/browser/cookies.js';
import type { TenantContext } from '../../../src/api/http/tenancy.js';
import { authorizeUrl, pkce, signIn } from '../../support/code-flow.js';
import { PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';

describe('UI-06: the cookies of the hub', () => {
  const at = (issuer: string) => ({ issuer, tenant: { slug: 'acme' } }) as TenantContext;
  const written = (issuer: string, name: 'session' | 'browser' | 'device' = 'session'): string => {
    let line = '';
    setCookie({ header: (_: string, value: string) => (line = value) } as never, at(issuer), name, 'x', 60);
    return line;
  };

  it.each(['session', 'browser', 'device'] as const)('the %s is out of reach of scripts and other sites, and on https bound to the host', (name) => {
    expect(written('https://id.example', name)).toBe(`__Host-mandate_${name}_acme=x; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax`);
    expect(written('http://localhost:8787', name)).toBe(`mandate_${name}_acme=x; Max-Age=60; Path=/; HttpOnly; SameSite=Lax`);
    expect(readCookie({ headers: { cookie: `mandate_${name}_acme=planted` } } as never, at('https://id.example'), name)).toBeUndefined();
    expect(readCookie({ headers: { cookie: `__Host-mandate_${name}_beta=other` } } as never, at('https://id.example'), name)).toBeUndefined();
  });

  describe('at a sign-in', () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startHub();
      await hub.resource();
      await hub.user();
    });
    afterAll(() => hub.close());

    it('the session is a new one, whatever was planted before, and what signed out before is nothing', async () => {
      const { clientId } = await hub.agent(PUBLIC_CLIENT);
      const browser = hub.browser();
      const planted = `usr_${'x'.repeat(22)}.${'y'.repeat(43)}`;
      browser.setCookie('mandate_session_default', planted);
      const page = await browser.open(authorizeUrl(clientId, pkce().challenge));
      await signIn(browser, page);
      const first = browser.cookie('mandate_session_default')!;
      await signIn(browser, await browser.open('/sign-in'));
      const second = browser.cookie('mandate_session_default')!;
      expect(new Set([planted, first, second]).size).toBe(3);
      // 256 random bits after the name of the person.
      expect(second.split('.')[1]).toMatch(/^[\w-]{43}$/);
      browser.setCookie('mandate_session_default', planted);
      expect((await browser.open(authorizeUrl(clientId, pkce().challenge))).html).toContain('name="password"');
    });
  });
});
