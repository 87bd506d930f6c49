import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FactorChallenges } from '../../../src/commands/factors/factor-challenges.js';
import { EndSessions } from '../../../src/commands/sign-in/end-sessions.js';
import { Sessions } from '../../../src/commands/sign-in/sessions.js';
import { StepUp } from '../../../src/commands/sign-in/step-up.js';
import { EraseUser } from '../../../src/commands/users/erase-user.js';
import { answerOf, authorizeUrl, pkce, redeem, refresh } from '../../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';
import { PersonInBrowser } from '../../support/person-in-browser.js';
import { userToken } from '../admin/admin-rig.js';
import { Approvals, CIBA } from '../approvals/approvals-rig.js';
import { decideBy } from '../policies/policy-paths.js';

const ALL = { id: 'all', effect: 'allow' };

describe('a client or a policy that wants more than a password', () => {
  let hub: TestHub;
  let clientId: string;
  let resourceId: string;
  beforeAll(async () => {
    hub = await startHub();
    resourceId = await hub.resource();
    clientId = (await hub.agent(PUBLIC_CLIENT)).clientId;
  });
  afterAll(async () => {
    expect(hub.inside.failures).toEqual([]);
    await hub.close();
  });

  const signedIn = async (how: 'password' | 'app' | 'passkey'): Promise<PersonInBrowser> => {
    const ana = await PersonInBrowser.of(hub);
    await ana.signIn();
    if (how === 'app') await ana.addApp();
    if (how === 'passkey') await ana.addPasskey();
    hub.inside.clock.advance(30);
    return ana;
  };
  const ask = (ana: PersonInBrowser, change: Record<string, string>, challenge = pkce().challenge) => ana.browser.open(authorizeUrl(clientId, challenge, change));
  const claimsOf = (jwt: unknown) => JSON.parse(Buffer.from(String(jwt).split('.')[1]!, 'base64url').toString('utf8')) as Record<string, unknown>;

  it.each([
    ['urn:mandate:acr:1', ''], ['urn:mandate:acr:2', 'A second factor is needed'], ['urn:mandate:acr:3', 'A passkey is needed'],
    ['urn:mandate:acr:3 urn:mandate:acr:2', 'A second factor is needed'], ['phr urn:mandate:acr:3', 'A passkey is needed'],
  ])('given acr_values=%s and a person with a password alone: %s', async (acr_values, title) => {
    const ana = await signedIn('password');
    const page = await ask(ana, { acr_values });
    expect(page.html).toContain(title === '' ? 'name="decision"' : title);
    if (title !== '') expect(answerOf(await ask(ana, { acr_values, prompt: 'none' })).get('error')).toBe('interaction_required');
  });

  it.each([
    [{ acr_values: 'urn:mandate:acr:9' }, 'unmet_authentication_requirements'], [{ acr_values: 'phr' }, 'unmet_authentication_requirements'],
    [{ max_age: '-1' }, 'invalid_request'], [{ max_age: 'soon' }, 'invalid_request'], [{ max_age: '99999999999' }, 'invalid_request'], [{ prompt: 'none login' }, 'invalid_request'],
  ])('SU-02: given %j: the client is told %s', async (change, error) => {
    expect(answerOf(await ask(await signedIn('password'), change as Record<string, string>)).get('error')).toBe(error);
  });

  it('given a person shows the factor that was missing: the same request goes on, and the token says so with the time of the sign-in', async () => {
    const ana = await signedIn('app');
    const authTime = hub.inside.clock.seconds() - 30;
    const { challenge, verifier } = pkce();
    const before = ana.browser.cookie('mandate_session_default');
    const page = await ana.showCode(await ask(ana, { acr_values: 'urn:mandate:acr:2', scope: 'openid notes:read' }, challenge), '/sign-in/confirm');
    expect(page.html).toContain('name="decision"');
    const { body } = await redeem(hub, clientId, { code: answerOf(await ana.browser.submit(page, '/consent', { decision: 'allow' })).get('code')!, verifier });
    expect(claimsOf(body['id_token'])).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'urn:mandate:acr:2', auth_time: authTime });
    const after = ana.browser.cookie('mandate_session_default')!;
    expect(after).not.toBe(before);
    ana.browser.setCookie('mandate_session_default', before!);
    expect((await ana.browser.open('/my/security')).html).toContain('name="password"');
  });

  it('SU-09: a browser in which the person signed in with a passkey has a count of wrong codes of its own too', async () => {
    const ana = await signedIn('app');
    ana.newBrowser();
    await ana.showCode(await ana.signIn(), '/sign-in/factor');
    await ana.addPasskey();
    hub.inside.clock.advance(30);
    const home = ana.newBrowser();
    await ana.showPasskey(await home.open('/sign-in'), '/sign-in/passkey');
    await home.submit(await ana.security(), '/sign-out', {});
    ana.newBrowser();
    const page = await ana.signIn();
    for (let n = 0; n < 6; n += 1) await ana.showCode(page, '/sign-in/factor', ana.code(50));
    expect((await ana.showCode(page, '/sign-in/factor')).status).toBe(401);
    ana.browser = home;
    expect((await ana.showCode(await ana.signIn(), '/sign-in/factor')).url).toMatch(/\/my\/agents$/);
  });

  it('given an app where a passkey is wanted: it is not offered, and does not help', async () => {
    const ana = await signedIn('app');
    const page = await ask(ana, { acr_values: 'urn:mandate:acr:3' });
    expect([page.html.includes('A passkey is needed'), page.html.includes('name="code"')]).toEqual([true, false]);
  });

  it('AZ-08: given prompt=none: nobody signed in, a sign-in too old and a consent that is missing are told apart, and never give a code', async () => {
    const ana = await signedIn('password');
    const error = async (change: Record<string, string> = {}) => answerOf(await ask(ana, { prompt: 'none', ...change })).get('error');
    expect(await error()).toBe('consent_required');
    expect(await error({ max_age: '10' })).toBe('login_required');
    expect(await error({ max_age: '0' })).toBe('login_required');
    ana.newBrowser();
    expect(await error()).toBe('login_required');
  });

  it('given max_age=0: the person signs in once, and it goes on', async () => {
    const ana = await signedIn('password');
    const asked = await ask(ana, { max_age: '0' });
    hub.inside.clock.advance(5);
    expect((await ana.browser.submit(asked, '/sign-in', { email: ana.email, password: 'a long enough password' })).html).toContain('name="decision"');
  });

  it('given the policy wants a second factor: a person shows it and goes on, also at refresh; one without is told how to get one; an agent by itself is refused with the reason', async () => {
    await decideBy(hub, [ALL, { id: 'twice', effect: 'require_mfa', targets: { resources: [NOTES.uri] } }]);
    const service = await hub.service(resourceId, ['notes:read']);
    const alone = await hub.clientCredentials(service, { resource: NOTES.uri });
    expect([alone.status, String(alone.body['error_description']).includes('policy.mfa_required')]).toEqual([400, true]);
    expect((await ask(await signedIn('password'), {})).html).toContain('A second factor is needed');
    const ana = await signedIn('passkey');
    expect(answerOf(await ask(ana, { prompt: 'none' })).get('error')).toBe('interaction_required');
    const { challenge, verifier } = pkce();
    const consent = await ana.showPasskey(await ask(ana, {}, challenge), '/sign-in/confirm');
    const { status, body } = await redeem(hub, clientId, { code: answerOf(await ana.browser.submit(consent, '/consent', { decision: 'allow' })).get('code')!, verifier });
    expect(status).toBe(200);
    const refreshed = await hub.post('/token', { grant_type: 'refresh_token', client_id: clientId, refresh_token: body['refresh_token'] as string });
    expect([refreshed.status, claimsOf(refreshed.body['access_token'])['acr']]).toEqual([200, 'urn:mandate:acr:3']);
    const [issued] = (await hub.events('TokenIssued')).slice(-1);
    expect((issued!.data as { decision: { met: unknown } }).decision.met).toEqual(['mfa']);
    await decideBy(hub, [ALL]);
  });

  it('given the policy wants a second factor for one scope: whoever has none gets the others, whoever has one is asked for it', async () => {
    await decideBy(hub, [ALL, { id: 'writing-needs-two', effect: 'require_mfa', targets: { scopes: ['notes:write'] } }]);
    const without = await ask(await signedIn('password'), {});
    expect([without.html.includes('name="decision"'), without.html.includes('Write notes')]).toEqual([true, false]);
    const ana = await signedIn('app');
    const consent = await ana.showCode(await ask(ana, {}), '/sign-in/confirm');
    expect(consent.html).toContain('Write notes');
    await decideBy(hub, [ALL]);
  });

  it('given a person lost everything: an administrator sees what they have and takes it away, which ends their sessions; never their own', async () => {
    const ana = await signedIn('passkey');
    const admin = await userToken(hub, await hub.user({ email: 'root2@example.com', name: 'Root', password: 'a long enough password' }, ['admin']));
    const call = (path: string, body?: object) => hub.json(path, {
      method: body ? 'POST' : 'GET', headers: { authorization: `Bearer ${admin.token}`, ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}),
    });
    expect((await call(`/api/users/${ana.userId}/factors`)).body).toMatchObject({ factors: [{ kind: 'passkey', distrusted: false }], recovery_codes_left: 10 });
    const { items } = (await call(`/api/users/${ana.userId}/sessions`)).body as { items: { acr: string; session_id: string }[] };
    expect(items).toMatchObject([{ acr: 'urn:mandate:acr:1' }]);
    expect((await call(`/api/users/${admin.userId}/factors/reset`, { reason: 'mine' })).status).toBe(409);
    expect((await call(`/api/users/${ana.userId}/factors/reset`, { reason: 'lost her laptop' })).body).toEqual({ factors: [], recovery_codes_left: 0 });
    expect((await ana.browser.open('/my/security')).html).toContain('name="password"');
    expect((await ana.signIn()).url.endsWith('/my/agents')).toBe(true);
    expect((await call(`/api/users/${ana.userId}/sessions/end`, {})).body).toEqual({ items: [] });
    expect((await ana.browser.open('/my/security')).html).toContain('name="password"');
    const [withdrawn] = await hub.events('FactorsWithdrawn');
    expect(withdrawn).toMatchObject({ data: { userId: ana.userId, reason: 'lost her laptop', factors: 1 } });
  });

  it('and asks a person about a code first: the ID token that waited with it says the nonce that the client bound its sign-in to, and a refreshed one none', async () => {
    await decideBy(hub, [ALL, { id: 'asked', effect: 'require_approval' }]);
    const [ana, approvals, nonce, proof] = [await signedIn('passkey'), new Approvals(hub), `n-${'_ ~'.repeat(80)}`, pkce()];
    const consent = await ask(ana, { scope: 'openid notes:read', nonce }, proof.challenge);
    const code = answerOf(await ana.browser.submit(consent, '/consent', { decision: 'allow' })).get('code')!;
    const asked = await redeem(hub, clientId, { code, verifier: proof.verifier });
    expect(asked.body).toMatchObject({ error: 'authorization_pending', auth_req_id: expect.stringMatching(/^[\w.-]{1,512}$/) });
    expect(await approvals.confirm(asked, ana)).toBe('done');
    const poll = (id: unknown) => hub.post('/token', { grant_type: CIBA, auth_req_id: String(id), client_id: clientId });
    const [name, mac] = String(asked.body['auth_req_id']).split('.');
    // Neither without it nor with another one.
    for (const forged of [`${name}.${mac}`, `${name}.${mac}.${Buffer.from('other').toString('base64url')}`]) expect((await poll(forged)).body['error']).toBe('invalid_grant');
    const given = await poll(asked.body['auth_req_id']);
    expect([given.status, claimsOf(given.body['id_token'])['nonce']]).toEqual([200, nonce]);
    const renewing = await refresh(hub, clientId, String(given.body['refresh_token']));
    expect(await approvals.confirm(renewing, ana)).toBe('done');
    expect(claimsOf((await poll(renewing.body['auth_req_id'])).body['id_token'])).not.toHaveProperty('nonce');
    expect(JSON.stringify(await hub.events())).not.toContain(nonce.slice(0, 12));
    await decideBy(hub, [ALL]);
  });

  it('AU-07: given a person erased while they showed one factor more, or ended their other sessions: nothing of a session is left', async () => {
    const { secrets } = hub.inside.vault;
    const { tenant } = hub.context;
    const sessions = hub.inside.app.get(Sessions, { strict: false });
    const put = secrets.put.bind(secrets);
    for (const how of ['step-up', 'the others'] as const) {
      const ana = await signedIn('passkey');
      const session = (await sessions.find(tenant, ana.browser.cookie('mandate_session_default')))!;
      const occasion = { tenant, issuer: hub.issuer, purpose: 'step-up', who: session.digest };
      const { challenge, ticket } = hub.inside.app.get(FactorChallenges, { strict: false }).make(occasion);
      const proof = { kind: 'passkey', ticket, answer: ana.passkey.get(JSON.stringify({ challenge, rpId: 'localhost' })) } as const;
      const before = await secrets.count('session');
      secrets.put = async (...of) => {
        if (of[1] !== 'session') return put(...of);
        secrets.put = put;
        await hub.do(new EraseUser(ana.userId, 'asked for', hub.context));
        expect(await secrets.count('session')).toBe(before - 1);
        return put(...of);
      };
      await (how === 'step-up' ? hub.do(new StepUp(session, proof, occasion, hub.context)) : hub.do(new EndSessions(ana.userId, session, hub.context)));
      expect([how, await secrets.count('session')]).toEqual([how, before - 1]);
    }
    Reflect.deleteProperty(secrets, 'put');
  });
});
