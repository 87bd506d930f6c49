import { describe, expect, it } from '@jest/globals';
import { ANA, startHub } from '../../support/hub.js';
import { RealBrowser, chromium, withoutChromium } from '../../support/real-browser.js';

describe('a real browser', () => {
  (chromium === undefined ? it.skip : it)(`makes a passkey and signs in with it, under the policy that lets no other script run${withoutChromium}`, async () => {
    const hub = await startHub();
    const userId = await hub.user();
    const browser = await RealBrowser.start();
    try {
      await browser.addPasskeyDevice();
      await browser.open(`${hub.issuer}/sign-in`);
      await browser.type({ '#email': ANA.email, '#password': ANA.password });
      await browser.press('form[action="/sign-in"] button');
      await browser.shows('location.pathname !== "/sign-in"');
      await browser.open(`${hub.issuer}/my/security`);
      await browser.evaluate('document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\\"window.injected = true\\">"); document.body.append(Object.assign(document.createElement("script"), { textContent: "window.injected = true" }))');
      await browser.press('form[data-passkey=create] button');
      await browser.shows('document.querySelectorAll("ol.codes li").length === 10');
      await browser.send('Network.clearBrowserCookies');
      await browser.open(`${hub.issuer}/my/security`);
      await browser.press('form[data-passkey=get] button');
      await browser.shows('document.querySelectorAll("[id^=factor-]").length === 1');
      expect(await browser.evaluate('window.injected')).toBeUndefined();
      expect((await hub.events('UserSignedIn')).at(-1)!.data).toMatchObject({ userId, methods: ['pop', 'mfa'] });
      expect(hub.inside.failures).toEqual([]);
    } finally {
      await browser.close();
      await hub.close();
    }
  }, 60_000);
});
