import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeUser } from '../../src/commands/users/change-user.js';
import { answerOf, pkce, redeem } from '../support/code-flow.js';
import { follow } from '../support/follow.js';
import { PUBLIC_CLIENT } from '../support/hub.js';
import { ANA_UPSTREAM, FederationRig } from './federation-rig.js';

/** Clerks may write, everybody may read, and only billing may read at all. */
const POLICY = {
  rules: [
    { id: 'billing-reads', effect: 'allow', principals: { claims: { department: ['billing'] } }, targets: { scopes: ['notes:read'] } },
    { id: 'clerks-write', effect: 'allow', principals: { roles: ['clerk'] }, targets: { scopes: ['notes:write'] } },
  ],
};

const dataOf = (event: { readonly data: unknown } | undefined) => event!.data as Record<string, unknown>;

describe('people who sign in with the identity provider they already have', () => {
  let rig: FederationRig;
  const person = async (account: string, claims: object): Promise<void> => {
    rig.idp.people.set(account, claims as Record<string, unknown>);
    rig.idp.account = account;
  };

  beforeAll(async () => {
    rig = await FederationRig.start();
    await rig.policy(POLICY);
  });
  afterEach(() => {
    rig.idp.account = 'ana-upstream';
    rig.idp.people.set('ana-upstream', ANA_UPSTREAM);
    rig.idp.away = false;
    rig.idp.signsIn = true;
  });
  afterAll(() => rig.close());

  it('get an account at their first sign-in, see our own consent, and their role decides', async () => {
    const browser = rig.hub.browser();
    const proof = pkce();
    const consent = await rig.signIn(browser, { path: rig.authorizeUrl({}, proof) });
    expect(consent.html).toContain('Assistant');
    expect(consent.html).toContain('ana@acme.example');
    const allowed = await browser.submit(consent, '/consent', { decision: 'allow', scope: ['notes:read', 'notes:write'] });
    const { body } = await redeem(rig.hub, rig.agentId, { code: answerOf(allowed).get('code')!, verifier: proof.verifier });
    expect(body['scope']).toBe('notes:read notes:write');
    const registered = dataOf(await rig.last('UserRegistered'));
    expect(registered).toMatchObject({ roles: ['clerk'] });
    expect(dataOf(await rig.last('UserIdentityLinked'))).toMatchObject({ userId: registered['userId'], issuer: rig.idp.issuer, via: 'first_sign_in' });
    expect(dataOf(await rig.last('UserSignedIn'))).toMatchObject({ userId: registered['userId'], methods: ['pwd', 'otp'] });
  });

  it('are the same person at the next sign-in, and a role that was taken away is gone', async () => {
    const { userId } = dataOf(await rig.last('UserRegistered'));
    rig.idp.people.set('ana-upstream', { ...ANA_UPSTREAM, groups: ['everybody'], email: 'ana.new@acme.example' });
    const browser = rig.hub.browser();
    const consent = await rig.signIn(browser, { path: rig.authorizeUrl({ prompt: 'consent' }) });
    expect(consent.html).toContain('Read your notes');
    expect(consent.html).not.toContain('Write notes');
    expect(dataOf(await rig.last('UserRolesChanged'))).toEqual({ userId, roles: [] });
    expect(await rig.hub.events('UserRegistered')).toHaveLength(2);
  });

  it('bring the claims that rules look at, and nobody else\'s', async () => {
    await person('ben', { email: 'ben@acme.example', name: 'Ben', department: 'legal', groups: ['finance'] });
    const page = await rig.signIn(rig.hub.browser(), { path: rig.authorizeUrl() });
    expect(page.html).toContain('Write notes');
    expect(page.html).not.toContain('Read your notes');
    expect(dataOf(await rig.last('UserClaimsChanged'))).toMatchObject({ claims: [{ name: 'department', values: ['legal'] }] });
  });

  it('are asked again for each client, whatever the provider remembers (CN-03)', async () => {
    const browser = rig.hub.browser();
    await rig.signIn(browser);
    const other = await rig.hub.agent(PUBLIC_CLIENT, 'Another assistant');
    const page = await browser.open(rig.authorizeUrl({ client_id: other.agentId }));
    expect([page.location, page.html.includes('Another assistant')]).toEqual([undefined, true]);
    const events = await rig.hub.events('CodeIssued');
    expect(events.every(({ data }) => (data as { agentId: string }).agentId !== other.agentId)).toBe(true);
  });

  it('are not let in once they are disabled, and are told so', async () => {
    await person('dan', { email: 'dan@acme.example', name: 'Dan' });
    const browser = rig.hub.browser();
    expect((await rig.signIn(browser)).url).toContain('/my/agents');
    const { userId } = dataOf(await rig.last('UserRegistered')) as { userId: string };
    await rig.hub.do(new ChangeUser(userId, { type: 'DisableUser', reason: 'left' }, rig.hub.context));
    expect((await browser.open('/my/agents')).url).toContain('/sign-in');
    const refused = await rig.signIn(rig.hub.browser());
    expect([refused.status, refused.html.includes('disabled')]).toEqual([403, true]);
    expect(dataOf(await rig.last('UpstreamSignInRefused'))).toMatchObject({ reason: 'user.disabled' });
  });

  it('never come to an account by its e-mail address (DM-07)', async () => {
    const local = await rig.hub.user();
    await person('impostor', { email: 'ana@example.com', email_verified: true, name: 'Not Ana' });
    const page = await rig.signIn(rig.hub.browser());
    expect([page.status, page.html.includes('already')]).toEqual([403, true]);
    expect((await rig.hub.events('UserIdentityLinked')).some(({ data }) => (data as { userId: string }).userId === local)).toBe(false);
    expect(dataOf(await rig.last('UpstreamSignInRefused'))).toMatchObject({ reason: 'sign_in.email_taken' });
  });

  it('do not take an e-mail address for their own that the provider has not seen', async () => {
    await person('mallory', { email: 'boss@acme.example', email_verified: false, name: 'Mallory' });
    await rig.signIn(rig.hub.browser());
    await person('boss', { email: 'boss@acme.example', email_verified: true, name: 'The boss' });
    expect((await rig.signIn(rig.hub.browser())).url).toContain('/my/agents');
  });

  it('are let in by the rules of the provider, or not', async () => {
    await rig.set({ emailDomains: ['acme.example'], requires: [{ claim: 'groups', values: ['everybody'] }] });
    const status = async (account: string, claims: object): Promise<number> => {
      await person(account, claims);
      const page = await rig.signIn(rig.hub.browser());
      return page.url.includes('/my/agents') ? 200 : page.status;
    };
    const good = { email: 'eve@acme.example', email_verified: true, groups: ['everybody'] };
    expect(await status('eve-1', { ...good, email: 'eve@evil.example' })).toBe(403);
    expect(await status('eve-2', { ...good, email_verified: false })).toBe(403);
    expect(await status('eve-3', { ...good, groups: ['contractors'] })).toBe(403);
    expect(await status('eve-4', good)).toBe(200);
    expect(dataOf(await rig.last('UpstreamSignInRefused'))).toMatchObject({ reason: 'sign_in.not_admitted' });
    await rig.set();
  });

  it('may have long names and addresses, and are told where what is said of them is too long to go by', async () => {
    await person('long', { email: `${'l'.repeat(200)}@long.acme.example`, email_verified: true });
    expect((await rig.signIn(rig.hub.browser())).url).toContain('/my/agents');
    await person('loud', { email: 'loud@acme.example', department: '\u{1F4E3}'.repeat(200) });
    expect((await rig.signIn(rig.hub.browser())).status).toBe(403);
    expect(dataOf(await rig.last('UpstreamSignInRefused'))).toMatchObject({ reason: 'sign_in.claims_unusable' });
    expect(rig.hub.inside.failures).toEqual([]);
  });

  it('prove anew who they are when the client wants it', async () => {
    const browser = rig.hub.browser();
    const away = new URL(await rig.away(browser, { path: rig.authorizeUrl({ prompt: 'login consent' }) }));
    expect(away.searchParams.get('prompt')).toBe('login');
    expect((await browser.open(await follow(away.href))).html).toContain('Assistant');
    rig.idp.forge = (claims) => ({ claims: { ...claims, auth_time: 1_000 } });
    const stale = await rig.signIn(rig.hub.browser(), { path: rig.authorizeUrl({ prompt: 'login' }) });
    rig.idp.forge = undefined;
    expect([stale.status, stale.html.includes('prove anew')]).toEqual([403, true]);
  });

  it('find the sign-in page again when the provider is away, and lose nothing', async () => {
    const browser = rig.hub.browser();
    const back = await follow(await rig.away(browser, { path: rig.authorizeUrl({ prompt: 'consent' }) }));
    rig.idp.away = true;
    const page = await browser.open(back);
    expect([page.status, page.html.includes('can&#39;t be reached')]).toEqual([503, true]);
    rig.idp.away = false;
    const { location } = await browser.submit(page, '/sign-in/with/acme', {});
    expect((await browser.open(await follow(location!))).html).toContain('Assistant');
  });

  it('find the sign-in page again when the provider says no', async () => {
    rig.idp.signsIn = false;
    const page = await rig.signIn(rig.hub.browser(), { path: rig.authorizeUrl() });
    expect([page.status, page.html.includes('Continue with')]).toEqual([403, true]);
    expect(dataOf(await rig.last('UpstreamSignInRefused'))).toMatchObject({ reason: 'sign_in.denied', detail: 'access_denied' });
  });

  it('go on signing in when the provider\'s keys change', async () => {
    rig.idp.rotateKeys();
    expect((await rig.signIn(rig.hub.browser())).url).toContain('/my/agents');
  });

  it('have shown one factor, whatever the provider says, until an administrator says what counts as more', async () => {
    const shown = async (): Promise<unknown> => {
      await rig.signIn(rig.hub.browser());
      return dataOf(await rig.last('UserSignedIn'))['methods'];
    };
    Object.assign(rig.idp, { account: 'ana-upstream', acr: 'phr', amr: ['pwd', 'pop', 'mfa'] });
    expect(await shown()).toEqual(['pwd']);
    await rig.set({ acr: [{ claim: 'amr', value: 'mfa', acr: 'urn:mandate:acr:2' }] });
    expect(await shown()).toEqual(['pwd', 'mfa']);
    await rig.set({ acr: [{ claim: 'amr', value: 'mfa', acr: 'urn:mandate:acr:2' }, { claim: 'acr', value: 'phr', acr: 'urn:mandate:acr:3' }] });
    const strong = rig.hub.browser();
    await rig.signIn(strong);
    expect(dataOf(await rig.last('UserSignedIn'))['methods']).toEqual(['pwd', 'pop', 'mfa']);
    expect((await strong.open(rig.authorizeUrl({ acr_values: 'urn:mandate:acr:3', prompt: 'consent' }))).html).toContain('Assistant');
    await rig.set({ title: 'Acme, as ever', acr: [{ claim: 'acr', value: 'phr', acr: 'urn:mandate:acr:3' }] });
    expect((await strong.open('/my/agents')).url).toContain('/my/agents');
    // Who is not as sure any more signs in anew.
    await rig.set();
    expect((await strong.open('/my/agents')).url).toContain('/sign-in');
    Object.assign(rig.idp, { acr: 'urn:example:strong', amr: ['pwd', 'otp'] });
  });

  it('have nothing of what the provider says of them in the ledger but what is mapped', async () => {
    const text = JSON.stringify(await rig.hub.events());
    expect(['ana@acme.example', 'Ana Upstream', 'ana-upstream', 'contractors', 'mallory'].filter((word) => text.includes(word))).toEqual([]);
    expect(rig.hub.inside.failures).toEqual([]);
  });
});
