import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeProviders } from '../../src/commands/identity-providers/change-providers.js';
import type { Browser } from '../support/browser.js';
import { signIn } from '../support/code-flow.js';
import { ANA } from '../support/hub.js';
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

  it('asks the provider to come again when its keys can\'t be read', async () => {
    const browser = await signedIn();
    const good = token();
    rig.idp.away = true;
    expect((await tell(good)).status).toBe(503);
    rig.idp.away = false;
    expect([(await tell(good)).status, await isSignedIn(browser)]).toEqual([200, false]);
  });
});
