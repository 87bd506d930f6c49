import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeProviders } from '../../src/commands/identity-providers/change-providers.js';
import { SetPassword } from '../../src/commands/users/set-password.js';
import type { Browser, Page } from '../support/browser.js';
import { signIn } from '../support/code-flow.js';
import { follow } from '../support/follow.js';
import { ADMIN, ANA } from '../support/hub.js';
import { FederationRig } from './federation-rig.js';

describe('linking an account at an identity provider to one\'s own', () => {
  let rig: FederationRig;
  let ana: string;

  beforeAll(async () => {
    rig = await FederationRig.start();
    ana = await rig.hub.user();
  });
  afterEach(() => rig.hub.inside.clock.advance(61));
  afterAll(async () => {
    await rig.close();
    expect(rig.hub.inside.failures).toEqual([]);
  });

  const local = async (person: { readonly email: string; readonly password: string } = ANA): Promise<Browser> => {
    const browser = rig.hub.browser();
    await signIn(browser, await browser.open('/sign-in'), person);
    return browser;
  };
  const begin = async (browser: Browser): Promise<Page> => browser.submit(await browser.open('/my/security'), '/identities/link', { provider: 'acme' });
  const signedInAs = async (): Promise<unknown> => ((await rig.last('UserSignedIn'))!.data as { userId: string }).userId;
  const account = (name: string): void => {
    rig.idp.people.set(name, { email: 'ana@example.com', email_verified: true, name, groups: ['finance'] });
    rig.idp.account = name;
  };

  it('takes a fresh sign-in, opens the account from then on, and changes nothing that the account may (DM-07)', async () => {
    account('ana-at-acme');
    const browser = await local();
    const page = await browser.open(await follow((await begin(browser)).location!));
    expect([page.url, page.html.includes('You linked it')]).toEqual([expect.stringContaining('/my/security'), true]);
    expect((await rig.last('UserIdentityLinked'))?.data).toMatchObject({ userId: ana, via: 'link' });
    expect((await rig.signIn(rig.hub.browser())).url).toContain('/my/agents');
    expect(await signedInAs()).toBe(ana);
    expect(await rig.hub.events('UserRolesChanged')).toEqual([]);
  });

  it('is not begun with a sign-in that is not fresh, nor without one (AZ-10)', async () => {
    const browser = await local(ADMIN);
    const page = await browser.open('/my/security');
    rig.hub.inside.clock.advance(601);
    const asked = await browser.submit(page, '/identities/link', { provider: 'acme' });
    expect([asked.location, asked.html.includes('name="password"')]).toEqual([undefined, true]);
    const { status } = await rig.hub.fetch('/my/security/identities/link', { method: 'POST', body: new URLSearchParams({ csrf: 'x', provider: 'acme' }) });
    expect(status).toBe(403);
  });

  it('ends in the session that began it, or not at all', async () => {
    account('somebody-at-acme');
    const browser = await local(ADMIN);
    const back = await follow((await begin(browser)).location!);
    await browser.submit(await browser.open('/my/security'), '/sign-out', {});
    await signIn(browser, await browser.open('/sign-in'));
    const page = await browser.open(back);
    expect([page.status, page.html.includes('Nothing was linked')]).toEqual([403, true]);
    expect((await rig.last('UpstreamSignInRefused'))?.data).toMatchObject({ reason: 'link.session_mismatch' });
  });

  it('gives an account that opens somebody\'s to nobody else', async () => {
    account('ana-at-acme');
    const browser = await local(ADMIN);
    const page = await browser.open(await follow((await begin(browser)).location!));
    expect([page.status, (await rig.last('UpstreamSignInRefused'))?.data]).toEqual([403, expect.objectContaining({ reason: 'link.taken' })]);
  });

  it('is undone by the person: what came by it is signed out, it opens nothing more, and can be linked again', async () => {
    account('ana-at-acme');
    const there = rig.hub.browser();
    await rig.signIn(there);
    const browser = await local();
    const page = await browser.submit(await browser.open('/my/security'), '/identities/unlink', {});
    expect(page.html).toContain('opens yours no more');
    expect((await there.open('/my/agents')).url).toContain('/sign-in');
    // In one append, so that no crash comes between.
    const unlinked = (await rig.last('UserIdentityUnlinked'))!;
    const together = (await rig.hub.events()).filter(({ causationId }) => causationId === unlinked.causationId).map(({ type }) => type);
    expect(together).toEqual(['UserIdentityUnlinked', ...together.slice(1).map(() => 'UserSignedOut')]);
    expect(together.length).toBeGreaterThan(1);
    const refused = await rig.signIn(rig.hub.browser());
    expect([refused.status, refused.html.includes('taken off')]).toEqual([403, true]);
    expect((await browser.open(await follow((await begin(browser)).location!))).html).toContain('You linked it');
  });

  it('is no way for those who came by a provider to come in without it', async () => {
    rig.idp.people.set('eve', { email: 'eve@acme.example', email_verified: true, name: 'Eve' });
    rig.idp.account = 'eve';
    const browser = rig.hub.browser();
    await rig.signIn(browser);
    const { userId } = (await rig.last('UserSignedIn'))!.data as { userId: string };
    expect((await browser.open('/my/security')).html).toContain('came to be by it');
    await rig.hub.do(new SetPassword(userId, 'a long enough password', rig.hub.context));
    const eve = { email: 'eve@acme.example', password: 'a long enough password' };
    const own = rig.hub.browser();
    expect((await signIn(own, await own.open('/sign-in'), eve)).status).toBe(403);
    expect((await rig.last('SignInRefused'))!).toMatchObject({ stream: `activity-${userId}`, actor: { kind: 'user', id: userId }, data: { userId, reason: 'sign_in.local_closed' } });
    // When the provider is not to be trusted any more, an administrator's password is the way in.
    await rig.hub.do(new ChangeProviders({ type: 'ChangeSignInWays', ways: 'local', emergency: [] }, rig.hub.context));
    expect((await signIn(own, await own.open('/sign-in'), eve)).url).toContain('/my/agents');
    await rig.hub.do(new ChangeProviders({ type: 'ChangeSignInWays', ways: 'both', emergency: [] }, rig.hub.context));
    expect((await own.open('/my/agents')).url).toContain('/sign-in');
  });

  it('where only identity providers are used, only who is named for an emergency comes in with a password', async () => {
    const admin = ((await rig.hub.events('UserRegistered'))[0]!.data as { userId: string }).userId;
    await rig.hub.do(new ChangeProviders({ type: 'ChangeSignInWays', ways: 'upstream', emergency: [admin] }, rig.hub.context));
    const browser = rig.hub.browser();
    const page = await browser.open('/sign-in');
    expect([page.html.includes('name="password"'), page.html.includes('Continue with')]).toEqual([false, true]);
    const form = await browser.open('/sign-in?account=local');
    const before = (await rig.hub.events('SignInRefused')).length;
    expect((await signIn(browser, form, ANA)).status).toBe(403);
    expect((await rig.hub.events('SignInRefused')).length).toBe(before + 1);
    expect((await signIn(browser, await browser.open('/sign-in?account=local'), ADMIN)).url).toContain('/my/agents');
    await rig.hub.do(new ChangeProviders({ type: 'ChangeSignInWays', ways: 'both', emergency: [] }, rig.hub.context));
  });

  it('at sign-out leads on to the provider\'s own', async () => {
    account('ana-at-acme');
    const browser = rig.hub.browser();
    await rig.signIn(browser);
    const page = await browser.submit(await browser.open('/my/security'), '/sign-out', {});
    const url = new URL(/href="([^"]*session\/end[^"]*)"/.exec(page.html)![1]!.replaceAll('&amp;', '&'));
    expect([url.origin, url.searchParams.get('post_logout_redirect_uri')]).toEqual([rig.idp.issuer, `${rig.hub.issuer}/signed-out`]);
    expect((await fetch(url)).status).toBe(200);
    expect((await browser.open('/signed-out')).html).toContain('You are signed out');
  });
});
