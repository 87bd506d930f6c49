import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from '../../support/browser.js';
import { ANA, type TestHub, startHub } from '../../support/hub.js';

/** No password is as long: it is refused before it is hashed, and counts like any other. */
const WRONG = 'x'.repeat(2_000);

/** Guessing is slow, and guessing wrong on purpose keeps nobody out (OWASP, device cookies; NIST SP 800-63B section 5.2.2). */
describe('attempts to sign in', () => {
  let hub: TestHub;
  let home: Browser;
  beforeAll(async () => {
    hub = await startHub({ trustedProxies: ['127.0.0.1', '::1'] });
    await hub.user();
    await hub.user({ email: 'bo@example.com', name: 'Bo', password: ANA.password });
    home = hub.browser();
    expect(await attempt('198.51.100.1', ANA, home)).toBe(303);
  });
  afterAll(() => hub.close());

  /** On the page that would come next nothing is looked at: there are no read models here. */
  const attempt = async (address: string, { email, password }: { email: string; password: string }, browser = hub.browser()): Promise<number> => {
    const page = await browser.open('/sign-in');
    const answer = await browser.submit(page, '/sign-in', { email, password }, { 'x-forwarded-for': address });
    return answer.url.endsWith('/sign-in') ? answer.status : 303;
  };
  const guesses = async (count: number, address: string, browser?: Browser): Promise<readonly number[]> => {
    const statuses: number[] = [];
    for (let n = 0; n < count; n += 1) statuses.push(await attempt(address, { ...ANA, password: WRONG }, browser));
    return [...new Set(statuses)];
  };

  it('from one network end after ten, and a person elsewhere or another person there signs in', async () => {
    expect(await guesses(10, '203.0.113.1')).toEqual([401]);
    expect(await attempt('203.0.113.77', ANA)).toBe(429);
    expect(await attempt('203.0.113.1', { email: 'bo@example.com', password: ANA.password })).toBe(303);
    expect(await attempt('192.0.2.1', ANA)).toBe(303);
  });

  it('from everywhere end after a hundred, but not in a browser in which the person has signed in before', async () => {
    for (let n = 0; n < 12; n += 1) await guesses(9, `100.64.${n}.1`);
    expect(await attempt('100.64.99.1', ANA)).toBe(429);
    expect(await attempt('198.51.100.9', ANA, home)).toBe(303);
    // Wherever that browser is now.
    expect(await attempt('100.64.200.1', ANA, home)).toBe(303);
  });

  it('are counted for strangers where the cookie of a known browser is made up, altered, or another person\'s', async () => {
    const [device, mac] = home.cookie('mandate_device_default')!.split('.');
    const bo = hub.browser();
    expect(await attempt('198.51.100.1', { email: 'bo@example.com', password: ANA.password }, bo)).toBe(303);
    for (const cookie of [`${device}x.${mac}`, `${'a'.repeat(43)}.${mac}`, '.', bo.cookie('mandate_device_default')!]) {
      const browser = hub.browser();
      browser.setCookie('mandate_device_default', cookie);
      expect([cookie, await attempt('100.64.201.1', ANA, browser)]).toEqual([cookie, 429]);
    }
  });

  it('in a known browser end after ten too, and begin anew when a quarter of an hour is over', async () => {
    expect(await guesses(10, '198.51.100.1', home)).toEqual([401]);
    expect(await attempt('198.51.100.1', ANA, home)).toBe(429);
    hub.inside.clock.advance(901);
    expect(await attempt('198.51.100.1', ANA, home)).toBe(303);
    expect(await attempt('203.0.113.1', ANA)).toBe(303);
  });

  it('leave nothing that names a person in the cookie or the ledger', async () => {
    expect(home.cookie('mandate_device_default')).toMatch(/^[\w-]{43}\.[\w-]{43}$/);
    expect(JSON.stringify(await hub.events())).not.toContain(ANA.email);
    expect(hub.inside.failures).toEqual([]);
  });
});
