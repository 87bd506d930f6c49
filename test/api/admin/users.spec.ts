import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SecretsUnavailable } from '../../../src/domain/ports/secret-store.js';
import { type TestHub, startHub } from '../../support/hub.js';
import { type Body, adminToken, callerWith } from './admin-rig.js';

const PERSON = { email: 'petra@example.com', name: 'Petra Private' };

describe('people through the admin API', () => {
  let hub: TestHub;
  let admin: ReturnType<typeof callerWith>;
  let petra: string;
  beforeAll(async () => {
    hub = await startHub();
    admin = callerWith(hub, (await adminToken(hub)).token);
    petra = (await admin.post('/api/users', { ...PERSON, roles: ['support'], password: 'the first password' })).body['user_id'] as string;
  });
  afterAll(() => hub.close());

  it('are shown without e-mail and name', async () => {
    const { body } = await admin.get(`/api/users/${petra}`);
    expect(body).toEqual({ user_id: petra, status: 'active', roles: ['support'], claims: {}, password_set_at: hub.inside.clock.seconds() });
  });

  it('are shown with them to whoever asks for it and may change people too', async () => {
    expect((await admin.get(`/api/users/${petra}?reveal=true`)).body).toMatchObject(PERSON);
    const reader = callerWith(hub, (await adminToken(hub, { scopes: ['directory:read'] })).token);
    expect(await reader.get(`/api/users/${petra}?reveal=true`)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect((await reader.get(`/api/users/${petra}?reveal=false`)).status).toBe(200);
    expect((await reader.get(`/api/users/${petra}?reveal=yes`)).status).toBe(400);
  });

  it('are shown so only after it stands in the ledger who saw whom', async () => {
    const before = (await hub.events('PersonalDataRevealed')).length;
    await admin.get(`/api/users/${petra}`);
    expect((await hub.events('PersonalDataRevealed')).length).toBe(before);
    await admin.get(`/api/users/${petra}?reveal=true`);
    expect((await hub.events('PersonalDataRevealed')).at(-1)).toMatchObject({ actor: { kind: 'user', act: { kind: 'agent' } }, data: { userIds: [petra] } });
    expect((await admin.get('/api/users/usr_nobody?reveal=true')).status).toBe(404);
    expect((await hub.events('PersonalDataRevealed')).length).toBe(before + 1);
  });

  it('sign in with the password they were given, and with the next one only', async () => {
    const signedIn = async (password: string): Promise<boolean> => {
      const before = (await hub.events('UserSignedIn')).length;
      const browser = hub.browser();
      await browser.submit(await browser.open('/sign-in'), '/sign-in', { email: PERSON.email, password });
      return (await hub.events('UserSignedIn')).length > before;
    };
    expect(await signedIn('the first password')).toBe(true);
    const { status, headers } = await admin.post(`/api/users/${petra}/password`, { password: 'the second password' });
    expect([status, headers.get('ledger-position')]).toEqual([200, (await hub.events('UserPasswordSet')).at(-1)!.position]);
    expect([await signedIn('the first password'), await signedIn('the second password')]).toEqual([false, true]);
  });

  it('get roles, are disabled and enabled', async () => {
    expect((await admin.post(`/api/users/${petra}/roles`, { roles: ['support', 'billing'] })).body).toMatchObject({ roles: ['support', 'billing'] });
    const disabled = await admin.post(`/api/users/${petra}/disable`, { reason: 'left the company' });
    expect(disabled.body).toMatchObject({ status: 'disabled' });
    expect((await hub.events('UserDisabled')).at(-1)).toMatchObject({ position: disabled.headers.get('ledger-position'), data: { reason: 'left the company' } });
    expect((await admin.post(`/api/users/${petra}/enable`)).body).toMatchObject({ status: 'active' });
  });

  it('are told apart by e-mail, in any spelling', async () => {
    expect(await admin.post('/api/users', { ...PERSON, email: 'PETRA@Example.com' })).toMatchObject({ status: 409 });
  });

  it('who were registered without a password are given one by registering them again, with the same roles only', async () => {
    const boss = { email: 'boss@example.com', name: 'The Boss', roles: ['admin'] };
    expect((await admin.post('/api/users', boss)).status).toBe(201);
    expect((await admin.post('/api/users', { ...boss, roles: [], password: 'somebody else knows it' })).body).toMatchObject({ code: 'user.exists' });
    expect((await admin.post('/api/users', { ...boss, password: 'only the boss knows it' })).status).toBe(201);
    expect((await admin.post('/api/users', { ...boss, password: 'somebody else knows it' })).body).toMatchObject({ code: 'user.exists' });
  });

  it('leave nothing that names them in the ledger', async () => {
    const everything = JSON.stringify(await hub.events());
    for (const secret of [PERSON.email, PERSON.name, 'the first password', 'the second password']) expect(everything).not.toContain(secret);
  });

  it('AU-07: are erased for good: nobody reads who they were, and what they signed in with is gone', async () => {
    const { secrets } = hub.inside.vault;
    const passwords = await secrets.count('password');
    const erase = () => admin.post(`/api/users/${petra}/erase`, { reason: 'they asked for it' });
    Object.assign(secrets, { delete: () => Promise.reject(new SecretsUnavailable('gone')) });
    expect(await erase()).toMatchObject({ status: 503, body: { code: 'vault.unavailable' } });
    Reflect.deleteProperty(secrets, 'delete');
    expect((await hub.events()).slice(-2)).toMatchObject([{ type: 'UserDisabled' }, { type: 'UserErased', data: { userId: petra, reason: 'they asked for it' } }]);
    // Whoever was not told that it is done asks again.
    const { status, body, headers } = await erase();
    expect([status, body]).toEqual([200, expect.objectContaining({ user_id: petra, status: 'disabled' })]);
    expect((await hub.events('UserErased')).map(({ position }) => position)).toEqual([headers.get('ledger-position')]);
    expect((await admin.get(`/api/users/${petra}?reveal=true`)).body).toMatchObject({ user_id: petra, email: '(erased)', name: '(erased)' });
    expect([await secrets.get(hub.context.tenant, 'subject-key', petra), await secrets.count('password')]).toEqual([undefined, passwords - 1]);
    for (const [what, more] of [['enable', undefined], ['password', { password: 'the third password' }], ['roles', { roles: ['support'] }], ['claims', { claims: { region: ['north'] } }]] as const)
      expect((await admin.post(`/api/users/${petra}/${what}`, more)).body).toMatchObject({ status: 409, code: 'user.erased' });
    // The address comes to nobody else by it.
    expect((await admin.post('/api/users', PERSON)).body).toMatchObject({ code: 'user.exists' });
  });

  it('AU-07: are left with no password that was on its way while they were erased, and are not named by a key that is still there', async () => {
    const late = (await admin.post('/api/users', { email: 'late@example.com', name: 'Late', roles: [], password: 'the password before' })).body['user_id'] as string;
    const { secrets, privacy } = hub.inside.vault;
    const [put, erase] = [secrets.put.bind(secrets), privacy.erase.bind(privacy)];
    // As if the hub had died between the event and the key.
    privacy.erase = () => Promise.reject(new SecretsUnavailable('away'));
    secrets.put = async (...of) => {
      secrets.put = put;
      expect((await admin.post(`/api/users/${late}/erase`, { reason: 'asked for' })).status).toBe(503);
      privacy.erase = erase;
      expect((await admin.get(`/api/users/${late}?reveal=true`)).body).toMatchObject({ email: '(erased)', name: '(erased)' });
      await admin.post(`/api/users/${late}/erase`, { reason: 'asked for' });
      return put(...of);
    };
    expect((await admin.post(`/api/users/${late}/password`, { password: 'the password that is late' })).body).toMatchObject({ code: 'user.erased' });
    for (const kind of ['password', 'subject-key']) expect(await secrets.get(hub.context.tenant, kind, late)).toBeUndefined();
  });

  it('erase nobody who has more power, and not themselves', async () => {
    const { token, userId } = await adminToken(hub);
    expect((await callerWith(hub, token).post(`/api/users/${userId}/erase`, { reason: 'me' })).body).toMatchObject({ code: 'user.self' });
    const partial = callerWith(hub, (await adminToken(hub, { scopes: ['directory:read', 'directory:write'] })).token);
    expect((await partial.post(`/api/users/${userId}/erase`, { reason: 'them' })).body).toMatchObject({ code: 'admin.escalation' });
    expect((await admin.post('/api/users/usr_nobody/erase', { reason: 'whom' })).status).toBe(404);
  });

  it.each([
    ['no e-mail address', { email: 'nobody' }, 'user.invalid'],
    ['a short password', { password: 'short' }, 'request.invalid'],
    ['a role that is no word', { roles: ['Admin User'] }, 'request.invalid'],
  ])('are refused with %s', async (_, change: Body, code) => {
    expect(await admin.post('/api/users', { ...PERSON, email: 'new@example.com', ...change })).toMatchObject({ status: 422, body: { code } });
  });

  it('never make the hub fail', () => {
    expect(hub.inside.failures).toEqual([]);
  });
});
