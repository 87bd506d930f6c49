import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeConnection } from '../../src/commands/connections/change-connection.js';
import { DestroyCredential } from '../../src/commands/credentials/destroy-credential.js';
import { KeepCredential } from '../../src/commands/credentials/keep-credential.js';
import { UseBreakGlass } from '../../src/commands/credentials/use-break-glass.js';
import { ChangeUser } from '../../src/commands/users/change-user.js';
import type { KnownCredential } from '../../src/domain/credential/credential.decider.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import { VaultUnavailable } from '../../src/domain/ports/credential-vault.js';
import { LedgerUnavailable } from '../../src/domain/ports/ledger.js';
import { Metrics } from '../../src/domain/ports/metrics.js';
import type { Browser } from '../support/browser.js';
import { ConnectionsRig } from './connections-rig.js';

const dataOf = ({ data }: RecordedEvent) => data as Record<string, unknown>;

describe('what the vault holds', () => {
  let rig: ConnectionsRig;
  let ana: Browser;
  let agent: { agentId: string; token: string };
  let held: KnownCredential;
  let people = 0;
  beforeAll(async () => {
    rig = await ConnectionsRig.start();
  });
  afterAll(() => rig.close());
  beforeEach(async () => {
    people += 1;
    const person = { email: `person-${people}@example.com`, name: 'Person', password: 'a long enough password' };
    const userId = await rig.hub.user(person);
    ana = await rig.ana(person);
    agent = await rig.agent(ana);
    await rig.connect(ana, `/connections/service/connect?agent=${agent.agentId}&scope=read`);
    const { tenant } = rig.hub.context;
    const keep = rig.hub.inside.app.get(KeepCredential, { strict: false });
    held = (await keep.entry(tenant, keep.idOf(tenant, rig.connectionId, { kind: 'user', id: userId }))).state as KnownCredential;
    rig.service.calls.length = 0;
  });
  afterEach(() => {
    rig.hub.inside.failures.length = 0;
  });
  const call = () => rig.forward(agent.token, '/api/things');
  const vault = () => rig.hub.inside.vault;
  const rowOf = ({ credentialId, secretId }: KnownCredential, part = 'access'): string => `${credentialId}.${secretId}.${part}`;
  const names = async () => (await rig.hub.events()).filter(({ stream }) => stream === `credential-${held.credentialId}`).map(({ type }) => type);

  it('is not lent when another row was put in its place, and not from then on either (VA-10)', async () => {
    const { tenant } = rig.hub.context;
    const other = (await vault().secrets.get(tenant, 'credential', rowOf(held, 'refresh')))!;
    await vault().secrets.put(tenant, 'credential', { name: rowOf(held), value: other });
    expect(await call()).toMatchObject({ status: 500, body: { code: 'vault.integrity' } });
    expect(rig.service.calls).toEqual([]);
    expect((await names()).at(-1)).toBe('CredentialIntegrityFailed');
    expect(await call()).toMatchObject({ status: 403, body: { code: 'access_denied' } });
    // The loan was recorded before it turned out that there was nothing to lend.
    expect((await rig.hub.events('CredentialLent')).map(dataOf).some(({ credentialId }) => credentialId === held.credentialId)).toBe(true);
  });

  it('stops the whole connection when the hub\'s own secret is not what was stored', async () => {
    const connectionId = await rig.define('broken');
    const { tenant } = rig.hub.context;
    const [set] = (await rig.hub.events('ConnectionSecretSet')).map(dataOf).filter((data) => data['connectionId'] === connectionId);
    await vault().secrets.put(tenant, 'credential', { name: `${connectionId}.${set!['secretId'] as string}.client`, value: (await vault().secrets.get(tenant, 'credential', rowOf(held)))! });
    const page = await ana.submit(await ana.open('/connections/broken/connect'), '/connect', { decision: 'allow' });
    expect(page.status).toBe(500);
    expect((await rig.hub.events('ConnectionSuspended')).map(dataOf).at(-1)).toMatchObject({ connectionId });
    expect((await ana.open('/connections/broken/connect')).status).toBe(404);
  });

  it.each<readonly [string, () => () => void]>([
    ['keys', () => {
      const { open } = vault().credentials;
      Object.assign(vault().credentials, { open: () => Promise.reject(new VaultUnavailable('the key service does not answer')) });
      return () => Object.assign(vault().credentials, { open });
    }],
    ['ledger', () => {
      const { ledger } = rig.hub.inside;
      const { append } = ledger;
      Object.assign(ledger, { append: () => Promise.reject(new LedgerUnavailable('the store does not answer')) });
      return () => Object.assign(ledger, { append });
    }],
  ])('is not lent while the %s can\'t be reached: 503, and nothing leaves (VA-14)', async (_, take) => {
    const giveBack = take();
    const { status, headers } = await call();
    giveBack();
    expect([status, headers.get('retry-after') !== null, rig.service.calls]).toEqual([503, true, []]);
    expect((await call()).status).toBe(200);
  });

  it('is gone at once when the person disconnects: unusable, revoked at the service, shredded here (VA-13)', async () => {
    const { tenant } = rig.hub.context;
    const place = { tenant, connectionId: held.connectionId, credentialId: held.credentialId, secretId: held.secretId };
    const token = (await vault().credentials.open({ ...place, part: 'access' }))!;
    expect(await rig.service.tokenOf(`Bearer ${token}`)).toBeDefined();
    await rig.hub.do(new DestroyCredential(held.credentialId, 'disconnected', rig.hub.context));
    expect(await call()).toMatchObject({ status: 403, body: { code: 'interaction_required' } });
    expect(await rig.service.tokenOf(`Bearer ${token}`)).toBeUndefined();
    expect([await vault().credentials.open({ ...place, part: 'access' }), await vault().credentials.open({ ...place, part: 'refresh' })]).toEqual([undefined, undefined]);
    expect((await names()).slice(-2)).toEqual(['CredentialDestroyed', 'CredentialShredded']);
    expect((await rig.hub.events('CredentialShredded')).map(dataOf).at(-1)).toEqual({ credentialId: held.credentialId, revocation: 'revoked' });
  });

  it('is shredded too when the service can\'t be told, and that is recorded', async () => {
    await rig.hub.do(new ChangeConnection(rig.connectionId, { type: 'Redefine', issuer: rig.hub.issuer, draft: rig.draft({ oauth: { clientId: 'hub', ...(endpoints(rig.service.issuer)), revocationEndpoint: 'http://localhost:1/revoke' } }) }, rig.hub.context));
    await rig.hub.do(new DestroyCredential(held.credentialId, 'disconnected', rig.hub.context));
    expect((await rig.hub.events('CredentialShredded')).map(dataOf).at(-1)).toEqual({ credentialId: held.credentialId, revocation: 'failed' });
    await rig.hub.do(new ChangeConnection(rig.connectionId, { type: 'Redefine', issuer: rig.hub.issuer, draft: rig.draft() }, rig.hub.context));
  });

  it('is finished when a crash left it half destroyed', async () => {
    const { shred } = vault().credentials;
    Object.assign(vault().credentials, { shred: () => Promise.reject(new VaultUnavailable('gone')) });
    await expect(rig.hub.do(new DestroyCredential(held.credentialId, 'disconnected', rig.hub.context))).rejects.toThrow('gone');
    Object.assign(vault().credentials, { shred });
    expect(await call()).toMatchObject({ status: 403, body: { code: 'interaction_required' } });
    await rig.hub.do(new DestroyCredential(held.credentialId, 'disconnected', rig.hub.context));
    expect((await names()).filter((name) => name === 'CredentialDestroyed')).toHaveLength(1);
    expect((await names()).at(-1)).toBe('CredentialShredded');
  });

  it('is not lent any more when the person is disabled', async () => {
    await rig.hub.do(new ChangeUser(held.holder.id, { type: 'DisableUser', reason: 'left' }, rig.hub.context));
    expect((await call()).status).toBe(401);
    expect(rig.service.calls).toEqual([]);
  });

  it('is not sent to where the connection leads by now, until the person has connected it again (VA-09)', async () => {
    const wider = [rig.service.issuer, 'https://evil.example'];
    await rig.hub.do(new ChangeConnection(rig.connectionId, { type: 'Redefine', issuer: rig.hub.issuer, draft: rig.draft({ origins: wider }) }, rig.hub.context));
    expect(await call()).toMatchObject({ status: 403, body: { code: 'interaction_required' } });
    expect(rig.service.calls).toEqual([]);
    await rig.connect(ana);
    expect((await call()).status).toBe(200);
  });

  describe('behind glass', () => {
    const admin = (authTime: number | undefined) => ({ userId: 'usr_admin', agentId: 'agt_console', authTime });
    const smash = (authTime: number | undefined, reason = 'The agent is down and the pager rings') => rig.hub.do(new UseBreakGlass(held.credentialId, reason, admin(authTime), rig.hub.context));

    it('is given to an administrator who has just signed in, loudly, and never the refresh token', async () => {
      const now = rig.hub.inside.clock.seconds();
      const broken = await smash(now - 299);
      expect(await rig.service.tokenOf(`Bearer ${broken.secret}`)).toMatchObject({ clientId: 'hub' });
      expect((await rig.hub.events('BreakGlassUsed')).map(dataOf).at(-1)).toMatchObject({
        credentialId: held.credentialId, userId: 'usr_admin', authTime: now - 299, reason: 'The agent is down and the pager rings', fingerprint: held.fingerprint,
      });
      expect((await rig.hub.inside.app.get(Metrics, { strict: false }).exposition()).text).toMatch(/mandate_break_glass_total 1/);
    });

    it.each([[undefined], [-301]])('stays shut for whoever signed in too long ago, or is no person (%s)', async (ago) => {
      const before = (await rig.hub.events('BreakGlassUsed')).length;
      await expect(smash(ago === undefined ? undefined : rig.hub.inside.clock.seconds() + ago)).rejects.toMatchObject({ code: 'credential.not_recent' });
      expect((await rig.hub.events('BreakGlassUsed')).length).toBe(before);
    });
  });

  it('appears in no event', async () => {
    const { tenant } = rig.hub.context;
    const log = JSON.stringify(await rig.hub.events());
    for (const part of ['access', 'refresh'] as const) {
      const secret = await vault().credentials.open({ tenant, connectionId: held.connectionId, credentialId: held.credentialId, secretId: held.secretId, part });
      expect([part, secret !== undefined && log.includes(secret)]).toEqual([part, false]);
    }
  });
});

const endpoints = (issuer: string) => ({ authorizationEndpoint: `${issuer}/auth`, tokenEndpoint: `${issuer}/token`, issuer, answersWithIssuer: true });
