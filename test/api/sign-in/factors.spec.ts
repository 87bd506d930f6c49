import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfirmFactor, type FactorProof } from '../../../src/commands/factors/confirm-factor.js';
import { EndSessions } from '../../../src/commands/sign-in/end-sessions.js';
import { FactorChallenges } from '../../../src/commands/factors/factor-challenges.js';
import { Sessions } from '../../../src/commands/sign-in/sessions.js';
import { StepUp } from '../../../src/commands/sign-in/step-up.js';
import type { Refusal } from '../../../src/domain/kernel/refusal.js';
import { makeTenant } from '../admin/admin-rig.js';
import { passkeyPrompt } from '../../support/authenticator.js';
import { answerOf, authorizeUrl, pkce, redeem, refresh } from '../../support/code-flow.js';
import type { Page } from '../../support/browser.js';
import { ANA, PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';
import { PersonInBrowser } from '../../support/person-in-browser.js';

describe('people\'s factors', () => {
  let hub: TestHub;
  let clientId: string;
  beforeAll(async () => {
    hub = await startHub();
    await hub.resource();
    clientId = (await hub.agent(PUBLIC_CLIENT)).clientId;
  });
  afterAll(async () => {
    expect(hub.inside.failures).toEqual([]);
    await hub.close();
  });

  const person = (): Promise<PersonInBrowser> => PersonInBrowser.of(hub);
  const later = (seconds = 30): void => hub.inside.clock.advance(seconds);
  const recorded = async (userId: string, ...types: string[]) => (await hub.events(...types)).filter(({ data }) => (data as { userId: string }).userId === userId).map(({ data }) => data as Record<string, unknown>);
  const claimsOf = (jwt: unknown): Record<string, unknown> => JSON.parse(Buffer.from(String(jwt).split('.')[1]!, 'base64url').toString('utf8')) as Record<string, unknown>;
  /** Where somebody comes to who has signed in; this hub has no read models to show it. */
  const isIn = ({ url }: Page): boolean => url.endsWith('/my/agents');
  const withPasskey = async (): Promise<PersonInBrowser> => {
    const ana = await person();
    await ana.signIn();
    await ana.addPasskey();
    return ana;
  };
  const withApp = async (): Promise<PersonInBrowser> => {
    const ana = await person();
    await ana.signIn();
    await ana.addApp();
    later();
    return ana;
  };

  it('given a passkey was added with the password: it signs in by itself, in another browser, and the tokens say how and when', async () => {
    const ana = await withPasskey();
    expect(ana.codes).toHaveLength(10);
    ana.newBrowser();
    later(100);
    const { verifier, challenge } = pkce();
    const asked = await ana.browser.open(authorizeUrl(clientId, challenge, { scope: 'openid notes:read', nonce: 'n-1' }));
    const consent = await ana.showPasskey(asked, '/sign-in/passkey');
    const { body } = await redeem(hub, clientId, { code: answerOf(await ana.browser.submit(consent, '/consent', { decision: 'allow' })).get('code')!, verifier });
    const told = { sub: ana.userId, auth_time: hub.inside.clock.seconds(), amr: ['pop', 'mfa'], acr: 'urn:mandate:acr:3' };
    expect(claimsOf(body['id_token'])).toMatchObject(told);
    expect(claimsOf(body['access_token'])).toMatchObject(told);
    expect(await recorded(ana.userId, 'FactorEnrolled', 'FactorConfirmed')).toMatchObject([{ kind: 'passkey' }, { kind: 'passkey', purpose: 'sign-in' }]);
  });

  it('SU-08: given a token of a password alone was issued: refresh and a later step-up of the session raise neither acr nor auth_time', async () => {
    const ana = await person();
    await ana.signIn();
    const { verifier, challenge } = pkce();
    const consent = await ana.browser.open(authorizeUrl(clientId, challenge));
    const authTime = hub.inside.clock.seconds();
    const { body } = await redeem(hub, clientId, { code: answerOf(await ana.browser.submit(consent, '/consent', { decision: 'allow' })).get('code')!, verifier });
    await ana.addPasskey();
    later(60);
    const refreshed = await refresh(hub, clientId, body['refresh_token'] as string);
    expect(claimsOf(refreshed.body['access_token'])).toMatchObject({ amr: ['pwd'], acr: 'urn:mandate:acr:1', auth_time: authTime });
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }], ['another host\'s passkey', { rpId: 'evil.example' }], ['nobody verified', { userVerified: false }],
    ['another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }], ['the answer to an enrolment', { type: 'webauthn.create' }],
    ['a key of somebody else', { foreignKey: true }], ['the name of somebody else', { userHandle: Buffer.from('usr_somebody').toString('base64url') }],
  ])('given a passkey that shows %s: nobody is signed in', async (_, lies) => {
    const ana = await withPasskey();
    ana.newBrowser();
    const page = await ana.showPasskey(await ana.browser.open('/sign-in'), '/sign-in/passkey', lies);
    expect([page.status, page.html.includes('does not open an account')]).toEqual([401, true]);
    expect((await ana.browser.open('/my/agents')).html).toContain('name="password"');
  });

  it('given a passkey answered a prompt: the same answer counts neither again nor in another browser nor for another purpose', async () => {
    const ana = await withPasskey();
    ana.newBrowser();
    const page = await ana.browser.open('/sign-in');
    const { options, ticket } = passkeyPrompt(page);
    const answer = ana.passkey.get(options);
    const other = hub.browser();
    const stolen = { factor: 'passkey', answer, ticket };
    expect((await other.submit(await other.open('/sign-in'), '/sign-in/passkey', stolen)).status).toBe(401);
    const [first, second] = await Promise.all([ana.browser.submit(page, '/sign-in/passkey', stolen), ana.browser.submit(page, '/sign-in/passkey', stolen)]);
    expect([isIn(first), isIn(second)].sort()).toEqual([false, true]);
    later(700);
    const confirm = await ana.browser.open('/my/security/unlock');
    expect((await ana.browser.submit(confirm, '/sign-in/confirm', stolen)).status).toBe(403);
  });

  it('given a passkey whose count goes back: it signs nobody in from then on, which stands in the ledger, and other factors do', async () => {
    const ana = await withApp();
    await ana.signIn();
    await ana.showCode(await ana.browser.open('/sign-in/factor'), '/sign-in/factor');
    await ana.addPasskey({ counter: 7 });
    const signIn = async (counter: number): Promise<boolean> => {
      ana.newBrowser();
      return isIn(await ana.showPasskey(await ana.browser.open('/sign-in'), '/sign-in/passkey', { counter }));
    };
    expect([await signIn(8), await signIn(8), await signIn(20)]).toEqual([true, false, false]);
    expect(await recorded(ana.userId, 'FactorDistrusted')).toMatchObject([{ reason: 'factor.counter_regressed', counter: 8, before: 8 }]);
    later();
    ana.newBrowser();
    expect(isIn(await ana.showCode(await ana.signIn(), '/sign-in/factor'))).toBe(true);
    expect((await ana.security()).html).toContain('Not trusted');
  });

  it('AZ-10: given only the password was shown: no code, no page, no form of the person\'s; each leads to the missing factor or is turned away and recorded', async () => {
    const ana = await person();
    await ana.signIn();
    const whole = await ana.security();
    await ana.addApp();
    later();
    ana.newBrowser();
    const page = await ana.signIn();
    expect(page.url).toContain('/sign-in/factor');
    for (const path of [authorizeUrl(clientId, pkce().challenge), '/my/security', '/my/security/app', '/my/security/unlock', '/my/connections', '/sign-in'])
      expect([path, (await ana.browser.open(path)).url.includes('/sign-in/factor')]).toEqual([path, true]);
    expect(answerOf(await ana.browser.open(authorizeUrl(clientId, pkce().challenge, { prompt: 'none' }))).get('error')).toBe('login_required');
    for (const action of ['/security/passkey', '/security/sign-out-others']) expect([action, (await ana.browser.submit(whole, action, {})).status]).toEqual([action, 403]);
    expect(await recorded(ana.userId, 'FormRefused')).toMatchObject([{ reason: 'half_signed_in' }, { reason: 'half_signed_in' }]);
    expect(isIn(await ana.showCode(page, '/sign-in/factor'))).toBe(true);
  });

  it('SU-09: given a code was taken, with a space in it: it is not taken again, however it is written, nor is an older one', async () => {
    const ana = await withApp();
    const used = ana.code();
    const older = ana.code(-1);
    ana.newBrowser();
    expect(isIn(await ana.showCode(await ana.signIn(), '/sign-in/factor', `${used.slice(0, 3)} ${used.slice(3)}`))).toBe(true);
    for (const code of [used, ` ${used}`, older]) {
      ana.newBrowser();
      const page = await ana.showCode(await ana.signIn(), '/sign-in/factor', code);
      expect([page.status, page.html.includes(used)]).toEqual([401, false]);
    }
    expect((await recorded(ana.userId, 'FactorRefused')).at(0)).toMatchObject({ factor: 'totp', reason: 'factor.replayed' });
  });

  it('SU-09: given a hundred codes at once: five are looked at, the rest wait, and so does the right one; a recovery code lets the person in', async () => {
    const ana = await withApp();
    ana.newBrowser();
    const page = await ana.signIn();
    const right = ana.code(1);
    const wrong = Array.from({ length: 100 }, (_, n) => String(n).padStart(6, '9')).filter((code) => ![-1, 0, 1].some((step) => ana.code(step) === code));
    const answers = await Promise.all(wrong.map((code) => ana.browser.submit(page, '/sign-in/factor', { factor: 'totp', code })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(await recorded(ana.userId, 'CodeTried')).toHaveLength(5);
    later();
    expect((await ana.showCode(await ana.browser.open('/sign-in/factor'), '/sign-in/factor', right)).status).toBe(401);
    expect(isIn(await ana.browser.submit(await ana.browser.open('/sign-in/factor'), '/sign-in/factor', { factor: 'recovery', code: ana.codes[0]!.toUpperCase() }))).toBe(true);
  });

  it('SU-09: given somebody knows the password and fills the count of wrong codes: where the person has signed in before, they still do; elsewhere nobody does', async () => {
    const ana = await withApp();
    const home = ana.newBrowser();
    expect(isIn(await ana.showCode(await ana.signIn(), '/sign-in/factor'))).toBe(true);
    later();
    const elsewhere = ana.newBrowser();
    const page = await ana.signIn();
    for (let n = 0; n < 6; n += 1) expect((await ana.showCode(page, '/sign-in/factor', ana.code(50))).status).toBe(401);
    expect((await ana.showCode(page, '/sign-in/factor')).status).toBe(401);
    ana.browser = home;
    await ana.browser.submit(await ana.security(), '/sign-out', {});
    expect(isIn(await ana.showCode(await ana.signIn(), '/sign-in/factor'))).toBe(true);
    later();
    expect((await elsewhere.submit(page, '/sign-in/factor', { factor: 'totp', code: ana.code() })).status).toBe(401);
    const tried = await recorded(ana.userId, 'CodeTried');
    expect(tried.at(-1)).toMatchObject({ browser: expect.stringMatching(/^[\w-]{43}$/) });
    expect(JSON.stringify(tried)).not.toContain(home.cookie('mandate_browser_default'));
  });

  it('given a recovery code: of ten at once with the same one, one gets in, and no one after that', async () => {
    const ana = await withApp();
    const code = ana.codes[3]!;
    ana.newBrowser();
    const page = await ana.signIn();
    const all = await Promise.all(Array.from({ length: 10 }, () => ana.browser.submit(page, '/sign-in/factor', { factor: 'recovery', code })));
    expect(all.some(isIn)).toBe(true);
    expect(await recorded(ana.userId, 'RecoveryCodeUsed')).toHaveLength(1);
    expect((await recorded(ana.userId, 'UserSignedIn'))).toHaveLength(2);
  });

  it('SU-04: given a session is old, or has less than the person has: it enrols, renames and removes nothing until a factor is shown', async () => {
    const ana = await withApp();
    later(601);
    const page = await ana.security();
    expect(page.html).not.toContain('Add an authenticator app</h2>');
    const enrol = await ana.addApp();
    expect(enrol.html).toContain('Confirm that it is you');
    expect(await recorded(ana.userId, 'FactorEnrolled')).toHaveLength(1);
    expect((await ana.browser.submit(enrol, '/sign-in/confirm', { factor: 'totp', code: '000000' })).status).toBe(403);
  });

  it('SU-04: the code that enrolled an app proves nothing more: with the password alone the session stays what it was', async () => {
    const ana = await person();
    await ana.signIn();
    await ana.addApp();
    const unlock = await ana.browser.open('/my/security/unlock');
    expect((await ana.showCode(unlock, '/sign-in/confirm')).status).toBe(403);
    expect((await ana.security()).html).not.toContain('Rename or remove');
    later();
    expect((await ana.showCode(await ana.browser.open('/my/security/unlock'), '/sign-in/confirm')).html).toContain('Rename or remove');
  });

  it('given the last factor: it is removed against a recovery code only, and then the password is enough', async () => {
    const ana = await withApp();
    const page = await ana.showCode(await ana.browser.open('/my/security/unlock'), '/sign-in/confirm');
    expect((await ana.browser.submit(page, '/security/remove', { code: '' })).html).toContain('your last factor');
    expect((await ana.browser.submit(page, '/security/remove', { code: 'aaaa-aaaa-aaaa-aaaa' })).status).toBe(422);
    expect((await ana.browser.submit(page, '/security/remove', { code: ana.codes[1]! })).html).toContain('It was removed');
    ana.newBrowser();
    expect(isIn(await ana.signIn())).toBe(true);
  });

  it('SU-08: given a factor that was shown once and is gone: a new password begins a session of the password alone', async () => {
    const ana = await withApp();
    const page = await ana.showCode(await ana.browser.open('/my/security/unlock'), '/sign-in/confirm');
    await ana.browser.submit(page, '/security/remove', { code: ana.codes[1]! });
    later();
    await ana.browser.submit(await ana.security(), '/security/password', { current: ANA.password, password: 'a wholly new password' });
    expect((await hub.events('UserSignedIn')).at(-1)!.data).toMatchObject({ userId: ana.userId, methods: ['pwd'] });
  });

  it('given two browsers: each is listed, one signs the other out, and a new password ends all but the one it was set in', async () => {
    const ana = await person();
    await ana.signIn();
    const laptop = ana.browser;
    const phone = ana.newBrowser();
    await ana.signIn();
    ana.browser = laptop;
    const page = await ana.security();
    expect(page.html.match(/id="session-\d"/g)).toHaveLength(2);
    await laptop.submit(page, '/security/sign-out', {});
    expect((await phone.open('/my/security')).html).toContain('name="password"');
    ana.browser = phone;
    await ana.signIn();
    later();
    const changed = await laptop.submit(await laptop.open('/my/security'), '/security/password', { current: ANA.password, password: 'a wholly new password' });
    expect([changed.status, changed.url.endsWith('/my/security')]).toEqual([200, true]);
    expect((await phone.open('/my/security')).html).toContain('Sign in to');
    ana.newBrowser();
    expect((await ana.signIn()).status).toBe(401);
    expect(isIn(await ana.signIn('a wholly new password'))).toBe(true);
    expect((await laptop.submit(await laptop.open('/my/security'), '/security/password', { current: 'not my password', password: 'another new password' })).status).toBe(422);
  });

  it('given a tenant beside: a passkey of the one opens nothing in the other', async () => {
    const ana = await withPasskey();
    await makeTenant(hub, 'beside');
    ana.newBrowser();
    expect((await ana.showPasskey(await ana.browser.open('/t/beside/sign-in'), '/t/beside/sign-in/passkey')).status).toBe(401);
  });

  it('given an action is confirmed: neither another action nor another session is, nor the same again; and a recovery code confirms none', async () => {
    const ana = await withPasskey();
    const occasion = { tenant: hub.context.tenant, issuer: hub.issuer, purpose: 'approval', who: 'session', action: 'digest-of-a' };
    const { challenge, ticket } = hub.inside.app.get(FactorChallenges, { strict: false }).make(occasion);
    const answer = ana.passkey.get(JSON.stringify({ challenge, rpId: 'localhost' }));
    const show = (proof: FactorProof, change = {}) => hub.do(new ConfirmFactor(ana.userId, proof, { ...occasion, ...change }, hub.context)).then(() => 'confirmed', ({ code }: Refusal) => code);
    const proof = { kind: 'passkey', ticket, answer } as const;
    for (const change of [{ action: 'digest-of-b' }, { who: 'another session' }, { purpose: 'sign-in' }, { tenant: 'tnt_other' }, { action: undefined }]) expect([change, await show(proof, change)]).toEqual([change, 'factor.refused']);
    expect(await show({ kind: 'recovery', code: ana.codes[0]! })).toBe('factor.refused');
    expect([await show(proof), await show(proof)]).toEqual(['confirmed', 'factor.replayed']);
    expect(await recorded(ana.userId, 'FactorConfirmed')).toMatchObject([{ purpose: 'approval', action: 'digest-of-a' }]);
  });

  it('given a session ended while its person showed one factor more: it does not come back', async () => {
    const ana = await withPasskey();
    const sessions = hub.inside.app.get(Sessions, { strict: false });
    const session = (await sessions.find(hub.context.tenant, ana.browser.cookie('mandate_session_default')))!;
    await hub.do(new EndSessions(ana.userId, undefined, hub.context));
    const occasion = { tenant: hub.context.tenant, issuer: hub.issuer, purpose: 'step-up', who: session.digest };
    const { challenge, ticket } = hub.inside.app.get(FactorChallenges, { strict: false }).make(occasion);
    const proof = { kind: 'passkey', ticket, answer: ana.passkey.get(JSON.stringify({ challenge, rpId: 'localhost' })) } as const;
    const { cookie } = await hub.do(new StepUp(session, proof, occasion, hub.context));
    expect(await sessions.find(hub.context.tenant, cookie)).toBeUndefined();
  });

  it('no secret of a factor, no code and no name of one stands in the ledger', async () => {
    const ana = await withApp();
    await ana.showCode(await ana.browser.open('/my/security/unlock'), '/sign-in/confirm');
    const page = await ana.addPasskey();
    await ana.browser.submit(page, '/security/rename', { label: 'Ana\'s phone' });
    const text = JSON.stringify((await hub.events()).filter(({ stream }) => stream.endsWith(ana.userId)));
    for (const secret of [ana.secret, ...ana.codes, ana.passkey.credentialId.toString('base64url'), 'Ana\'s phone', 'My laptop', ana.code(), ana.code(1)]) expect(text).not.toContain(secret);
  });
});
