import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeProviders } from '../../src/commands/identity-providers/change-providers.js';
import { CompleteSignIn } from '../../src/commands/sign-in/complete-sign-in.js';
import { Sessions } from '../../src/commands/sign-in/sessions.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import type { Browser } from '../support/browser.js';
import { signIn } from '../support/code-flow.js';
import { ADMIN, ANA, startHub } from '../support/hub.js';
import { until } from '../support/until.js';
import { PersonInBrowser } from '../support/person-in-browser.js';
import { FederationRig } from './federation-rig.js';

const EVENT = { 'http://schemas.openid.net/event/backchannel-logout': {} };

describe('signing out', () => {
  let rig: FederationRig;
  /** The claims of the last ID token, as the provider gave them. */
  let said: Record<string, unknown> = {};

  beforeAll(async () => {
    rig = await FederationRig.start();
    rig.idp.forge = (claims) => {
      said = claims;
      return undefined;
    };
    await rig.hub.user();
  });
  afterAll(async () => {
    await rig.close();
    expect(rig.hub.inside.failures).toEqual([]);
  });

  const isSignedIn = async (browser: Browser): Promise<boolean> => (await browser.open('/my/agents')).url.includes('/my/agents');
  const signedIn = async (): Promise<Browser & { sid: string }> => {
    const browser = rig.hub.browser();
    await rig.signIn(browser);
    return Object.assign(browser, { sid: said['sid'] as string });
  };
  const token = (change: object = {}, header: object = { typ: 'logout+jwt' }): string => {
    const now = rig.hub.inside.clock.seconds();
    return rig.idp.signed({ iss: rig.idp.issuer, aud: 'hub', iat: now, exp: now + 120, jti: randomUUID(), events: EVENT, sub: 'ana-upstream', ...change }, header as Record<string, unknown>);
  };
  const tell = (logoutToken: string, name = 'acme') => rig.hub.post(`/sign-in/with/${name}/logout`, { logout_token: logoutToken });

  it('at the provider ends the sessions here that rest on that session there, and no others', async () => {
    const [one, two] = [await signedIn(), await signedIn()];
    expect(one.sid).not.toBe(two.sid);
    expect((await tell(token({ sid: one.sid, sub: undefined }))).status).toBe(200);
    expect([await isSignedIn(one), await isSignedIn(two)]).toEqual([false, true]);
    expect((await rig.last('UserSignedOut'))?.actor.kind).toBe('system');
  });

  it('everywhere at the provider ends all that rests on it, and leaves what does not', async () => {
    const [one, two] = [await signedIn(), await signedIn()];
    const local = rig.hub.browser();
    await signIn(local, await local.open('/sign-in'), ANA);
    expect((await tell(token())).status).toBe(200);
    expect([await isSignedIn(one), await isSignedIn(two), await isSignedIn(local)]).toEqual([false, false, true]);
  });

  it('at the provider ends what waits for a second factor here, and what comes of it at the same moment', async () => {
    rig.idp.account = 'careful';
    rig.idp.people.set('careful', { email: 'careful@acme.example', email_verified: true, name: 'Careful' });
    rig.idp.amr = ['pwd'];
    const seconds = (): number => rig.hub.inside.clock.seconds();
    const person = new PersonInBrowser(rig.hub, { userId: '', email: '', password: '' }, seconds);
    await rig.signIn(person.browser);
    await person.addApp();
    rig.hub.inside.clock.advance(30);
    const half = async () => {
      const browser = rig.hub.browser();
      const page = await rig.signIn(browser);
      expect(page.url).toContain('/sign-in/factor');
      return { browser, page, sid: said['sid'] as string };
    };
    const [ended, raced, other] = [await half(), await half(), await half()];
    const sessions = rig.hub.inside.app.get(Sessions, { strict: false });
    const { tenant } = rig.hub.context;
    const late = (await sessions.half(tenant, raced.browser.cookie('mandate_session_default')))!;
    for (const { sid } of [ended, raced]) expect((await tell(token({ sub: undefined, sid }))).status).toBe(200);
    const shown = (code: string) => ({ proof: { kind: 'totp' as const, code }, occasion: { tenant, issuer: rig.hub.issuer, purpose: 'second-factor', who: late.digest } });
    expect(await rig.hub.do(new CompleteSignIn(late, shown(person.code()), {}, rig.hub.context))).toBeUndefined();
    rig.hub.inside.clock.advance(30);
    await ended.browser.submit(ended.page, '/sign-in/factor', { factor: 'totp', code: person.code() });
    await other.browser.submit(other.page, '/sign-in/factor', { factor: 'totp', code: person.code() });
    expect([await isSignedIn(ended.browser), await isSignedIn(raced.browser), await isSignedIn(other.browser)]).toEqual([false, false, true]);
    Object.assign(rig.idp, { account: 'ana-upstream', amr: ['pwd', 'otp'] });
  });

  it('takes a logout token once', async () => {
    const used = token();
    expect((await tell(used)).status).toBe(200);
    const browser = await signedIn();
    expect((await tell(used)).status).toBe(400);
    expect([await isSignedIn(browser), (await rig.last('UpstreamLogoutRefused'))?.data]).toEqual([true, expect.objectContaining({ reason: 'logout.replayed' })]);
  });

  it('takes no token that only looks like one', async () => {
    const browser = await signedIn();
    const now = rig.hub.inside.clock.seconds();
    const bad: readonly string[] = [
      token({ aud: 'somebody-else' }), token({ iss: 'https://evil.example' }), token({ iat: now - 600, exp: undefined }), token({ iat: now + 600 }), token({ exp: now - 61 }),
      token({ nonce: 'n' }), token({ events: undefined }), token({ events: { 'http://schemas.openid.net/event/other': {} } }), token({ jti: undefined }),
      token({ sub: undefined, sid: undefined }), token({}, { typ: 'at+jwt' }), token({}, { typ: 'logout+jwt', alg: 'none' }), token({}, { jwk: rig.idp.publicJwks.keys[0] }),
      token({}, { kid: 'unknown' }), 'x.y.z', '',
    ];
    const statuses: number[] = [];
    for (const one of bad) statuses.push((await tell(one)).status);
    expect([...new Set(statuses)]).toEqual([400]);
    expect((await tell(token(), 'nobody')).status).toBe(400);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('costs the provider one look at its keys in a minute, however much garbage is sent, and new keys are found', async () => {
    rig.hub.inside.clock.advance(61);
    const before = rig.idp.keysRead;
    for (let n = 0; n < 5; n += 1) expect((await tell(token({}, { kid: `unknown-${n}` }))).status).toBe(400);
    expect(rig.idp.keysRead - before).toBe(1);
    const browser = await signedIn();
    rig.idp.rotateKeys();
    rig.hub.inside.clock.advance(61);
    expect([(await tell(token())).status, await isSignedIn(browser)]).toEqual([200, false]);
  });

  it('by taking a provider away is for good: setting it anew brings no session back, and ends none that began after', async () => {
    const before = await signedIn();
    const { providerId } = (await rig.last('IdentityProviderSet'))!.data as { providerId: string };
    await rig.hub.do(new ChangeProviders({ type: 'RemoveProvider', providerId, reason: 'Somebody has its keys.' }, rig.hub.context));
    expect(await isSignedIn(before)).toBe(false);
    await rig.set();
    const after = await signedIn();
    await rig.set({ title: 'Acme, as ever' });
    expect([await isSignedIn(before), await isSignedIn(after)]).toEqual([false, true]);
  });

  describe('without anybody saying so: a session ends at its next use', () => {
    const ways = (change: { ways: 'local' | 'upstream' | 'both'; emergency?: readonly string[] }) =>
      rig.hub.do(new ChangeProviders({ type: 'ChangeSignInWays', emergency: [], ...change }, rig.hub.context));
    const locally = async (): Promise<Browser> => {
      const browser = rig.hub.browser();
      await signIn(browser, await browser.open('/sign-in'), ANA);
      return browser;
    };

    it('where the rules of its provider were narrowed so that they would not let the person in, on every node', async () => {
      rig.idp.people.set('guest', { email: 'guest@acme.example', email_verified: true, groups: ['everybody'] });
      const ana = await signedIn();
      rig.idp.account = 'guest';
      const guest = await signedIn();
      rig.idp.account = 'ana-upstream';
      const other = await startHub({ beside: rig.hub });
      const elsewhere = other.browser();
      elsewhere.setCookie('mandate_session_default', guest.cookie('mandate_session_default')!);
      expect([await isSignedIn(guest), await isSignedIn(elsewhere)]).toEqual([true, true]);
      await rig.set({ title: 'Acme, for finance', requires: [{ claim: 'groups', values: ['finance'] }] });
      expect([await isSignedIn(ana), await isSignedIn(guest)]).toEqual([true, false]);
      await until(async () => !(await isSignedIn(elsewhere)));
      await rig.set({ emailDomains: ['other.example'] });
      expect(await isSignedIn(ana)).toBe(false);
      await rig.set();
      await other.close();
    });

    it('where the mapping makes somebody else of the person: they are that from their next sign-in on', async () => {
      const [before, local] = [await signedIn(), await locally()];
      await rig.set({ roles: [{ claim: 'groups', value: 'finance', role: 'treasurer' }] });
      expect([await isSignedIn(before), await isSignedIn(local)]).toEqual([false, true]);
      expect(await isSignedIn(await signedIn())).toBe(true);
      expect((await rig.last('UserRolesChanged'))!.data).toMatchObject({ roles: ['treasurer'] });
      await rig.set();
    });

    it('where another client of the provider, or none at all, was let in meanwhile', async () => {
      const before = await signedIn();
      await rig.set({ clientId: 'another' });
      await rig.set();
      expect(await isSignedIn(before)).toBe(false);
      const shut = await signedIn();
      await ways({ ways: 'local' });
      expect(await isSignedIn(shut)).toBe(false);
      await ways({ ways: 'both' });
      expect([await isSignedIn(shut), await isSignedIn(await signedIn())]).toEqual([false, true]);
    });

    it('where local accounts are closed, but for those of emergencies', async () => {
      const isAdmin = ({ data }: RecordedEvent): boolean => (data as { roles: readonly string[] }).roles.includes('admin');
      const { userId: admin } = (await rig.hub.events('UserRegistered')).find(isAdmin)!.data as { userId: string };
      const [local, upstream, emergency] = [await locally(), await signedIn(), rig.hub.browser()];
      await signIn(emergency, await emergency.open('/sign-in'), ADMIN);
      await ways({ ways: 'upstream', emergency: [admin] });
      expect([await isSignedIn(local), await isSignedIn(upstream), await isSignedIn(emergency)]).toEqual([false, true, true]);
      await ways({ ways: 'both' });
    });
  });

  it('asks the provider to come again when its keys can\'t be read', async () => {
    const browser = await signedIn();
    // What was read within the hour counts meanwhile.
    rig.hub.inside.clock.advance(3601);
    const good = token();
    rig.idp.away = true;
    expect((await tell(good)).status).toBe(503);
    rig.idp.away = false;
    rig.hub.inside.clock.advance(61);
    expect([(await tell(good)).status, await isSignedIn(browser)]).toEqual([200, false]);
  });
});
