import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KeepCredential } from '../../src/commands/credentials/keep-credential.js';
import { FindConnection } from '../../src/commands/connections/find-connection.js';
import { ConnectionSecrets } from '../../src/commands/connections/connection-secrets.js';
import { Write } from '../../src/commands/write.js';
import { type KnownCredential, credential } from '../../src/domain/credential/credential.decider.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import { streams } from '../../src/domain/kernel/ids.js';
import { KeysUnavailable } from '../../src/domain/ports/key-provider.js';
import { DownstreamOAuth } from '../../src/domain/ports/downstream-oauth.js';
import type { Browser } from '../support/browser.js';
import { type TestHub, startHub } from '../support/hub.js';
import { ConnectionsRig, SCOPES } from './connections-rig.js';

const dataOf = ({ data }: RecordedEvent) => data as Record<string, unknown>;

describe('a credential that is over', () => {
  let rig: ConnectionsRig;
  let ana: Browser;
  let agent: { agentId: string; token: string };
  let second: TestHub | undefined;
  const start = async (options: Parameters<typeof ConnectionsRig.start>[0] = {}) => {
    rig = await ConnectionsRig.start(options);
    ana = await rig.ana();
    agent = await rig.agent(ana);
    await rig.connect(ana, `/connections/service/connect?agent=${agent.agentId}&scope=read`);
  };
  beforeEach(() => {
    second = undefined;
  });
  afterEach(async () => {
    expect(rig.hub.inside.failures).toEqual([]);
    await second?.close();
    await rig.close();
  });
  const inside = <T>(token: abstract new (...args: never[]) => T, hub = rig.hub): T => hub.inside.app.get(token as never, { strict: false });
  const held = async (): Promise<KnownCredential> => {
    const [stored] = await rig.hub.events('CredentialStored');
    return (await inside(KeepCredential).entry(rig.hub.context.tenant, dataOf(stored!)['credentialId'] as string)).state as KnownCredential;
  };
  const names = async (): Promise<readonly string[]> => (await rig.hub.events()).filter(({ stream }) => stream.startsWith('credential-')).map(({ type }) => type);
  /** The hub's clock alone: the service's goes on by itself, and its tokens live longer than this test. */
  const pass = (seconds: number): void => rig.hub.inside.clock.advance(seconds);
  const call = () => rig.forward(agent.token, '/api/things');
  /** A token for the hub's door lives for ten minutes too. */
  const again = async () => {
    agent = { ...agent, token: (await rig.token(ana, agent.agentId)) };
  };

  it('is refreshed once, however many agents on however many nodes want it at the same moment (VA-11)', async () => {
    await start();
    second = await startHub({ allowLoopback: true, beside: rig.hub });
    pass(700);
    await again();
    const host = new URL(rig.service.issuer).host;
    const ask = async (hub: TestHub): Promise<number> => (await fetch(`${hub.issuer}/connections/service/forward/${host}/api/things`, { headers: { authorization: `Bearer ${agent.token}` } })).status;
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(n % 2 === 0 ? rig.hub : second!)));
    expect(statuses).toEqual(Array.from({ length: 20 }, () => 200));
    expect([rig.service.count('refresh_token'), (await names()).filter((name) => name === 'CredentialRefreshed').length]).toEqual([1, 1]);
  });

  it('is refreshed with the newest refresh token each time: what rotates is stored before it is used', async () => {
    await start();
    for (const round of [1, 2, 3]) {
      pass(700);
      await again();
      expect((await call()).status).toBe(200);
      expect(rig.service.count('refresh_token')).toBe(round);
    }
    const refreshed = (await rig.hub.events('CredentialRefreshed')).map(dataOf);
    expect(new Set(refreshed.map(({ refreshFingerprint }) => refreshFingerprint)).size).toBe(3);
    expect(refreshed.map(({ version }) => version)).toEqual([2, 3, 4]);
  });

  it('leaves no older version in the vault', async () => {
    await start();
    const { secretId, credentialId, connectionId } = await held();
    pass(700);
    await again();
    await call();
    const place = { tenant: rig.hub.context.tenant, connectionId, credentialId, secretId };
    const { credentials } = rig.hub.inside.vault;
    expect([await credentials.open({ ...place, part: 'access' }), await credentials.open({ ...place, part: 'refresh' })]).toEqual([undefined, undefined]);
    expect(await credentials.open({ ...place, secretId: (await held()).secretId, part: 'refresh' })).toEqual(expect.any(String));
  });

  it('VA-12: needs the person when the service does not take the refresh token any more, and says where; connected again it works', async () => {
    await start();
    pass(700);
    await again();
    rig.service.beforeToken = async (_, response) => Boolean(response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}'));
    const { status, body } = await call();
    expect([status, body['code'], body['connect_url']]).toEqual([403, 'interaction_required', `${rig.hub.issuer}/connections/service/connect?agent=${agent.agentId}`]);
    expect((await names()).slice(-3)).toEqual(['CredentialRefreshStarted', 'CredentialRefreshFailed', 'CredentialReauthNeeded']);
    // Known to be dead, it is not tried again.
    const before = rig.service.count('refresh_token');
    await call();
    expect(rig.service.count('refresh_token')).toBe(before);
    rig.service.beforeToken = undefined;
    await rig.connect(ana, body['connect_url'] as string);
    expect((await call()).status).toBe(200);
  });

  it('F-28, VA-12: is still used while it lives when the service gives no new one, and then the agent is told to come back later', async () => {
    await start();
    rig.service.beforeToken = async (_, response) => Boolean(response.writeHead(503).end());
    pass(560);
    await again();
    expect((await call()).status).toBe(200);
    pass(45);
    await again();
    const { status, body, headers } = await call();
    expect([status, body['code'], headers.get('retry-after')]).toEqual([503, 'temporarily_unavailable', '30']);
    // No storm: within a minute it is asked once.
    const before = rig.service.count('refresh_token');
    await Promise.all([call(), call(), call()]);
    expect(rig.service.count('refresh_token') - before).toBeLessThanOrEqual(1);
    rig.service.beforeToken = undefined;
    pass(61);
    await again();
    expect((await call()).status).toBe(200);
    expect((await held()).status).toBe('live');
  });

  it('loses nothing when the keys are away at the moment of a refresh: the service is not asked for what could not be kept', async () => {
    await start();
    const { providers: [provider] } = rig.hub.inside.vault.credentials as unknown as { providers: readonly { wrap: () => Promise<unknown> }[] };
    const { wrap } = provider!;
    pass(700);
    await again();
    provider!.wrap = () => Promise.reject(new KeysUnavailable('the key service does not answer'));
    const { status, body } = await call();
    expect([status, body['code'], rig.service.count('refresh_token'), (await names()).at(-1)]).toEqual([503, 'vault.unavailable', 0, 'CredentialStored']);
    provider!.wrap = wrap;
    expect([(await call()).status, rig.service.count('refresh_token')]).toEqual([200, 1]);
  });

  it('needs the person when a node died between the service\'s answer and writing it down (F-06)', async () => {
    await start();
    const { credentialId, connectionId, secretId } = await held();
    const { tenant } = rig.hub.context;
    pass(700);
    await again();
    // What is left of the node that died: its claim in the ledger, and a refresh token that the service has replaced.
    const now = rig.hub.inside.clock.seconds();
    await inside(Write).to(credential, streams.credential(credentialId), { type: 'StartRefresh', credentialId, attempt: 'sec_dead', now, until: now + 30 }, rig.hub.context);
    const of = (await inside(FindConnection).byId(tenant, connectionId))!;
    const token = await rig.hub.inside.vault.credentials.open({ tenant, connectionId, credentialId, secretId, part: 'refresh' });
    await inside(DownstreamOAuth).refresh(await inside(ConnectionSecrets).client(of, rig.hub.context), token!);
    pass(31);
    const { status, body } = await call();
    expect([status, body['code'], (await held()).status]).toEqual([403, 'interaction_required', 'needs_reauth']);
    expect((await names()).slice(-4)).toEqual(['CredentialRefreshStarted', 'CredentialRefreshStarted', 'CredentialRefreshFailed', 'CredentialReauthNeeded']);
  });

  it('keeps the answer of whoever holds the claim; one that comes too late is thrown away', async () => {
    await start({ rotates: false });
    pass(700);
    await again();
    second = await startHub({ allowLoopback: true, beside: rig.hub });
    let release!: () => void;
    const held1 = new Promise<void>((done) => (release = done));
    let arrived!: () => void;
    const first = new Promise<void>((done) => (arrived = done));
    rig.service.beforeToken = async () => {
      rig.service.beforeToken = undefined;
      arrived();
      await held1;
      return false;
    };
    const slow = call();
    await first;
    pass(31);
    await again();
    const host = new URL(rig.service.issuer).host;
    const quick = await fetch(`${second.issuer}/connections/service/forward/${host}/api/things`, { headers: { authorization: `Bearer ${agent.token}` } });
    expect(quick.status).toBe(200);
    const kept = (await held()).secretId;
    release();
    expect((await slow).status).toBe(200);
    expect((await held()).secretId).toBe(kept);
    expect((await names()).filter((name) => name === 'CredentialRefreshed')).toHaveLength(1);
  });

  it('is checked when the service turns it away although its time is not over', async () => {
    await start();
    rig.service.api = (_, response) => response.writeHead(401).end();
    expect((await call()).status).toBe(401);
    expect(rig.service.count('refresh_token')).toBe(0);
    pass(61);
    rig.service.beforeToken = async (_, response) => Boolean(response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}'));
    const told = inside(KeepCredential);
    const { credentialId } = await held();
    await call();
    await eventually(async () => (await told.entry(rig.hub.context.tenant, credentialId)).state.status === 'needs_reauth');
    expect((await call()).body['code']).toBe('interaction_required');
  });

  describe('of the hub itself (client credentials)', () => {
    it('is asked for once, by the first who needs it, and again when it is over', async () => {
      await start();
      const connectionId = await rig.define('machine', { oauth: { issuer: rig.service.issuer, clientId: 'hub', grant: 'client_credentials' }, scopes: SCOPES });
      const robots = await Promise.all(Array.from({ length: 5 }, () => rig.robot(['read'], connectionId)));
      const calls = await Promise.all(robots.map(({ token }) => rig.forward(token, '/api/things', {}, 'machine')));
      expect(calls.map(({ status, body }) => [status, body['client']])).toEqual(Array.from({ length: 5 }, () => [200, 'hub']));
      expect(rig.service.count('client_credentials')).toBe(1);
      const [stored] = (await rig.hub.events('CredentialStored')).map(dataOf).filter(({ via }) => via === 'client_credentials');
      expect(stored).toMatchObject({ holder: { kind: 'tenant', id: rig.hub.context.tenant }, scopes: ['read', 'write'] });
      pass(560);
      const robot = await rig.robot(['read'], connectionId);
      expect((await rig.forward(robot.token, '/api/things', {}, 'machine')).status).toBe(200);
      expect(rig.service.count('client_credentials')).toBe(2);
    });

    it('is not the person\'s fault when the service does not know the hub', async () => {
      await start();
      const connectionId = await rig.define('machine', { oauth: { issuer: rig.service.issuer, clientId: 'hub', grant: 'client_credentials' }, clientSecret: 'wrong-secret', scopes: SCOPES });
      const robot = await rig.robot(['read'], connectionId);
      expect(await rig.forward(robot.token, '/api/things', {}, 'machine')).toMatchObject({ status: 503, body: { code: 'temporarily_unavailable' } });
      expect(dataOf((await rig.hub.events('CredentialLendRefused')).at(-1)!)).toMatchObject({ reason: 'credential.refresh_failed' });
    });
  });
});

/** What was set going in the background involves another server; if it never comes to that, the test's own time ends. */
const eventually = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
};
