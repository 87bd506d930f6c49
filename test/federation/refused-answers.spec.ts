import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeProviders } from '../../src/commands/identity-providers/change-providers.js';
import type { Browser, Page } from '../support/browser.js';
import { follow } from '../support/follow.js';
import type { Forgery, WorkforceIdp } from '../support/workforce-idp.js';
import { FederationRig } from './federation-rig.js';

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

describe('an answer that is not what this browser began', () => {
  let rig: FederationRig;
  let other: WorkforceIdp;

  beforeAll(async () => {
    rig = await FederationRig.start();
    other = await FederationRig.idp(rig.hub, 'other');
    await rig.set({ name: 'other', title: 'Other', issuer: other.issuer });
  });
  afterEach(() => {
    rig.idp.forge = undefined;
    // The first refusal of a kind in a minute is recorded.
    rig.hub.inside.clock.advance(61);
  });
  afterAll(async () => {
    await other.close();
    await rig.close();
    expect(rig.hub.inside.failures).toEqual([]);
  });

  const isSignedIn = async (browser: Browser): Promise<boolean> => (await browser.open('/my/agents')).url.includes('/my/agents');
  const back = async (browser: Browser, name = 'acme'): Promise<URL> => new URL(await follow(await rig.away(browser, { name })));
  const refused = async (browser: Browser, page: Page, reason: string): Promise<void> => {
    expect([page.status, /not signed in/i.test(page.html), await isSignedIn(browser)]).toEqual([400, true, false]);
    expect((await rig.last('UpstreamSignInRefused'))?.data).toMatchObject({ reason });
  };

  it('is refused when nothing was begun, or the state is missing, foreign or given twice (CN-04)', async () => {
    const browser = rig.hub.browser();
    const url = await back(browser);
    for (const query of ['', 'state=', `state=${'x'.repeat(43)}&code=c`, `${url.search.slice(1)}&state=${'x'.repeat(43)}`]) {
      await refused(browser, await browser.open(`/sign-in/with/acme/callback?${query}`), 'sign_in.state_unknown');
      rig.hub.inside.clock.advance(61);
    }
  });

  it('is refused in another browser, and is void for its own from then on (CN-04)', async () => {
    const mine = rig.hub.browser();
    const url = (await back(mine)).href;
    const theirs = rig.hub.browser();
    await refused(rig.hub.browser(), await rig.hub.browser().open(url), 'sign_in.other_browser');
    rig.hub.inside.clock.advance(61);
    const another = (await back(theirs)).href;
    await refused(mine, await mine.open(another), 'sign_in.other_browser');
    await refused(mine, await mine.open(url), 'sign_in.state_unknown');
  });

  it('is refused the second time and after its time (CN-04)', async () => {
    const browser = rig.hub.browser();
    const url = (await back(browser)).href;
    await browser.open(url);
    expect(await isSignedIn(browser)).toBe(true);
    expect((await browser.open(url)).status).toBe(400);
    const late = rig.hub.browser();
    const old = (await back(late)).href;
    rig.hub.inside.clock.advance(901);
    await refused(late, await late.open(old), 'sign_in.state_unknown');
  });

  it('is begun by a form of ours alone', async () => {
    const { status } = await rig.hub.fetch('/sign-in/with/acme', { method: 'POST', body: new URLSearchParams({ csrf: 'x', transaction: 'x.y' }) });
    expect(status).toBe(403);
    expect((await rig.hub.fetch('/sign-in/with/nobody/callback?state=x&code=y')).status).toBe(400);
  });

  it('is refused at another provider\'s address, and when its issuer is missing, doubled or another\'s (DM-05)', async () => {
    const changes: readonly ((url: URL) => void)[] = [
      (url) => void (url.pathname = '/sign-in/with/other/callback'),
      (url) => url.searchParams.set('iss', other.issuer),
      (url) => url.searchParams.delete('iss'),
      (url) => url.searchParams.append('iss', rig.idp.issuer),
    ];
    for (const change of changes) {
      const browser = rig.hub.browser();
      const url = await back(browser);
      change(url);
      await refused(browser, await browser.open(url.href), 'sign_in.mixed_up');
      rig.hub.inside.clock.advance(61);
    }
  });

  it('never sends one provider\'s code to the other (DM-05)', async () => {
    const browser = rig.hub.browser();
    const code = (await back(browser)).searchParams.get('code')!;
    const trip = await back(browser, 'other');
    trip.searchParams.set('code', code);
    await refused(browser, await browser.open(trip.href), 'sign_in.answer_invalid');
  });

  it('is refused when the provider was set anew meanwhile, and there is no page of one that was removed', async () => {
    const browser = rig.hub.browser();
    const url = (await back(browser)).href;
    await rig.set();
    await refused(browser, await browser.open(url), 'sign_in.settings_changed');
  });

  const forgeries: readonly (readonly [string, Forgery])[] = [
    ['for another audience', (claims) => ({ claims: { ...claims, aud: 'somebody-else' } })],
    ['for several audiences without saying whose', (claims) => ({ claims: { ...claims, aud: ['hub', 'somebody-else'] } })],
    ['authorized for another party', (claims) => ({ claims: { ...claims, aud: ['hub', 'x'], azp: 'x' } })],
    ['with another nonce', (claims) => ({ claims: { ...claims, nonce: 'another' } })],
    ['without a nonce', ({ nonce: _, ...claims }) => ({ claims })],
    ['of another issuer', (claims) => ({ claims: { ...claims, iss: 'https://evil.example' } })],
    ['that has expired', (claims) => ({ claims: { ...claims, exp: 1_000 } })],
    ['without a subject', ({ sub: _, ...claims }) => ({ claims })],
    ['without a signature', () => ({ header: { alg: 'none', kid: undefined }, signature: () => '' })],
    ['signed with the public key as a secret', () => ({ header: { alg: 'HS256' }, signature: (input) => rig.idp.hmacWithPublicKey(input) })],
    ['signed with the client secret', () => ({ header: { alg: 'HS256', kid: undefined }, signature: (input) => rig.idp.hmacWithSecret(input) })],
    ['signed by a stranger', () => ({ signature: (input) => sign('sha256', Buffer.from(input), stranger).toString('base64url') })],
    ['that brings its own key', () => ({ header: { jwk: stranger.export({ format: 'jwk' }) as never, kid: 'brought' }, signature: (input) => sign('sha256', Buffer.from(input), stranger).toString('base64url') })],
    ['whose claims were changed under its signature', (claims) => ({ claims: { ...claims, sub: 'somebody-else' }, signature: () => Buffer.alloc(256).toString('base64url') })],
  ];
  it.each(forgeries)('is refused with an ID token %s (DM-07)', async (_, forge) => {
    const browser = rig.hub.browser();
    const url = (await back(browser)).href;
    rig.idp.forge = forge;
    await refused(browser, await browser.open(url), 'sign_in.answer_invalid');
  });

  it('is no way in when only local accounts are used, and who came by it is signed out', async () => {
    const browser = rig.hub.browser();
    const waiting = rig.hub.browser();
    await browser.open((await back(browser)).href);
    const url = (await back(waiting)).href;
    expect(await isSignedIn(browser)).toBe(true);
    await rig.hub.do(new ChangeProviders({ type: 'ChangeSignInWays', ways: 'local', emergency: [] }, rig.hub.context));
    expect([await isSignedIn(browser), (await waiting.open(url)).status, (await browser.open('/sign-in')).html.includes('Continue with')]).toEqual([false, 400, false]);
    await rig.hub.do(new ChangeProviders({ type: 'ChangeSignInWays', ways: 'both', emergency: [] }, rig.hub.context));
  });
});
