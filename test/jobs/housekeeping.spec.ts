import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeConnection } from '../../src/commands/connections/change-connection.js';
import { ClearAwayCredential } from '../../src/commands/credentials/clear-away.js';
import { DestroyCredential } from '../../src/commands/credentials/destroy-credential.js';
import { KeepCredential } from '../../src/commands/credentials/keep-credential.js';
import { ChangeUser } from '../../src/commands/users/change-user.js';
import type { KnownCredential } from '../../src/domain/credential/credential.decider.js';
import { VaultUnavailable } from '../../src/domain/ports/credential-vault.js';
import { type JobHandler, Jobs, type JobsStatus } from '../../src/domain/ports/jobs.js';
import { Housekeeping } from '../../src/housekeeping.js';
import { openReadDatabase } from '../../src/platform/database/open-read-database.js';
import { AgentDirectory } from '../../src/projections/agent-directory/agent-directory.queries.js';
import { Approvals } from '../../src/projections/approvals/approvals.queries.js';
import { Credentials } from '../../src/projections/credentials/credentials.queries.js';
import { ProjectionRunner } from '../../src/projections/feeding/runner.js';
import { Tenants } from '../../src/projections/tenants/tenants.queries.js';
import { ConnectionsRig } from '../connections/connections-rig.js';

/** Runs what is scheduled when the test says so. */
class JobsByHand extends Jobs {
  private readonly handlers = new Map<string, JobHandler>();
  override schedule = (name: string, _: number, handler: JobHandler): void => void this.handlers.set(name, handler);
  override start = (): Promise<void> => Promise.resolve();
  override status = (): JobsStatus => ({ kind: 'postgresql', state: 'running' });
  override stop = (): Promise<void> => Promise.resolve();
  /** What the run failed with, if it did. */
  run = (name: string): Promise<unknown> => this.handlers.get(name)!().then(() => undefined, (problem: unknown) => problem);
}

const LIFETIME = 3_600;

describe('what the hub does by itself about credentials', () => {
  let rig: ConnectionsRig;
  const jobs = new JobsByHand();
  let runner: ProjectionRunner;
  const { database } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
  const inside = <T>(token: abstract new (...args: never[]) => T): T => rig.hub.inside.app.get(token as never, { strict: false });

  interface Holder {
    readonly userId: string;
    readonly credentialId: string;
    /** Its agent calls the service through the hub. */
    use(): Promise<number>;
  }
  let people = 0;
  const somebody = async (): Promise<Holder> => {
    people += 1;
    const person = { email: `holder-${people}@example.com`, name: 'Holder', password: 'a long enough password' };
    const userId = await rig.hub.user(person);
    const browser = await rig.ana(person);
    const { agentId } = await rig.agent(browser);
    await rig.connect(browser, `/connections/service/connect?agent=${agentId}&scope=read`);
    return {
      userId, credentialId: inside(KeepCredential).idOf(rig.hub.context.tenant, rig.connectionId, { kind: 'user', id: userId }),
      use: async () => (await rig.forward(await rig.token(browser, agentId), '/api/things')).status,
    };
  };
  const held = async ({ credentialId }: Holder): Promise<KnownCredential> => (await inside(KeepCredential).entry(rig.hub.context.tenant, credentialId)).state as KnownCredential;
  const run = async (name: string): Promise<unknown> => {
    await runner.waitFor((await rig.hub.events()).at(-1)!.position, 20_000);
    return jobs.run(name);
  };
  const refresh = () => run('refresh-credentials');
  const pass = (seconds: number): void => rig.hub.inside.clock.advance(seconds);
  const refreshed = async ({ credentialId }: Holder): Promise<number> => (await rig.hub.events('CredentialRefreshed')).filter(({ data }) => (data as { credentialId: string }).credentialId === credentialId).length;
  const told = async ({ credentialId }: Holder): Promise<readonly string[]> => (await rig.hub.events()).filter(({ stream }) => stream === `credential-${credentialId}`).map(({ type }) => type);

  beforeAll(async () => {
    rig = await ConnectionsRig.start({ hub: { readDatabase: database }, tokenLifetime: LIFETIME });
    runner = inside(ProjectionRunner);
    runner.start();
    await database.open();
    const { bus, vault: { secrets }, clock } = rig.hub.inside;
    new Housekeeping({ bus, secrets, clock, tenants: inside(Tenants), agents: inside(AgentDirectory), credentials: inside(Credentials), approvals: inside(Approvals) }).scheduleOn(jobs);
  }, 60_000);
  afterAll(async () => {
    await runner.stop();
    expect(rig.hub.inside.failures).toEqual([]);
    await rig.close();
    await database.close();
  });

  it('gets a new token before one that is in use is over, once, and each at a moment of its own', async () => {
    // So many that it is no accident when not all of them have one moment.
    const holders = await Promise.all(Array.from({ length: 8 }, () => somebody()));
    const unused = await somebody();
    pass(LIFETIME - 1_200);
    for (const holder of holders) expect(await holder.use()).toBe(200);
    pass(600);
    const moments = new Map<string, number>();
    for (let left = 600; left >= 300; left -= 50) {
      await refresh();
      for (const holder of holders) if (!moments.has(holder.credentialId) && (await refreshed(holder)) > 0) moments.set(holder.credentialId, left);
      pass(50);
    }
    expect([...moments.values()].every((left) => left >= 300)).toBe(true);
    expect([moments.size, new Set(moments.values()).size > 1]).toEqual([holders.length, true]);
    pass(250);
    const before = rig.service.count('refresh_token');
    for (const holder of holders) expect([await holder.use(), await refreshed(holder)]).toEqual([200, 1]);
    expect(rig.service.count('refresh_token')).toBe(before);
    expect(await refreshed(unused)).toBe(0);
  });

  it('refreshes once what several runs find due at the same moment', async () => {
    const holder = await somebody();
    pass(LIFETIME - 1_000);
    await holder.use();
    pass(800);
    await run('refresh-credentials');
    await Promise.all([refresh(), refresh(), refresh()]);
    expect(await refreshed(holder)).toBe(1);
  });

  it('tries after a week what nobody uses, and tells the holder when it is dead', async () => {
    const holder = await somebody();
    pass(7 * 86_400 + 1);
    rig.service.beforeToken = async (_, response) => Boolean(response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}'));
    await refresh();
    rig.service.beforeToken = undefined;
    expect([(await held(holder)).status, (await told(holder)).slice(-3)]).toEqual(['needs_reauth', ['CredentialRefreshStarted', 'CredentialRefreshFailed', 'CredentialReauthNeeded']]);
    const events = (await rig.hub.events()).length;
    await refresh();
    expect((await rig.hub.events()).length).toBe(events);
  });

  it('asks a service that is away less and less often, and gives up when it has given none for a week', async () => {
    const holder = await somebody();
    pass(7 * 86_400 + 1);
    rig.service.beforeToken = async (_, response) => Boolean(response.writeHead(503).end());
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      await refresh();
      const { retryAt } = await held(holder);
      waits.push(retryAt! - rig.hub.inside.clock.seconds());
      // Not before its time.
      const asked = rig.service.count('refresh_token');
      if (n === 0) await refresh();
      expect(rig.service.count('refresh_token')).toBe(asked);
      pass(waits.at(-1)! + 1);
    }
    expect(waits).toEqual([60, 120, 240, 480, 600, 600]);
    pass(LIFETIME);
    await refresh();
    rig.service.beforeToken = undefined;
    expect((await held(holder)).status).toBe('needs_reauth');
  });

  it('finishes a destruction that was left half done', async () => {
    const holder = await somebody();
    const { credentials } = rig.hub.inside.vault;
    const { shred } = credentials;
    Object.assign(credentials, { shred: () => Promise.reject(new VaultUnavailable('gone')) });
    await expect(rig.hub.do(new DestroyCredential(holder.credentialId, 'disconnected', rig.hub.context))).rejects.toThrow('gone');
    expect(String(await run('clear-credentials'))).toContain('1 of them failed');
    Object.assign(credentials, { shred });
    expect(await run('clear-credentials')).toBeUndefined();
    expect((await told(holder)).slice(-2)).toEqual(['CredentialDestroyed', 'CredentialShredded']);
  });

  it('destroys what is held for somebody who is disabled, and not for who is enabled by the time', async () => {
    const [gone, back] = [await somebody(), await somebody()];
    for (const { userId } of [gone, back]) await rig.hub.do(new ChangeUser(userId, { type: 'DisableUser', reason: 'left' }, rig.hub.context));
    await rig.hub.do(new ChangeUser(back.userId, { type: 'EnableUser' }, rig.hub.context));
    // As a run would that read an older list.
    for (const { credentialId } of [gone, back]) await rig.hub.do(new ClearAwayCredential(credentialId, rig.hub.context));
    expect([(await held(gone)).shredded, (await held(back)).status]).toEqual([true, 'live']);
    await run('clear-credentials');
    expect((await held(back)).status).toBe('live');
  });

  it('destroys what was held over a removed connection, told to the service, and then the hub\'s own secret for it', async () => {
    const holder = await somebody();
    const { tenant } = rig.hub.context;
    const { secretId } = await held(holder);
    const place = { tenant, connectionId: rig.connectionId, credentialId: holder.credentialId, secretId, part: 'access' } as const;
    const token = (await rig.hub.inside.vault.credentials.open(place))!;
    await rig.hub.do(new ChangeConnection(rig.connectionId, { type: 'RemoveConnection', reason: 'not used any more' }, rig.hub.context));
    await run('clear-credentials');
    await run('clear-credentials');
    expect(await rig.service.tokenOf(`Bearer ${token}`)).toBeUndefined();
    expect((await told(holder)).slice(-2)).toEqual(['CredentialDestroyed', 'CredentialShredded']);
    expect((await rig.hub.events('CredentialShredded')).at(-1)!.data).toMatchObject({ revocation: 'revoked' });
    expect((await rig.hub.events('ConnectionShredded')).map(({ data }) => data)).toEqual([{ connectionId: rig.connectionId }]);
    expect(await rig.hub.inside.vault.secrets.count('credential')).toBe(0);
    const events = (await rig.hub.events()).length;
    await run('clear-credentials');
    expect((await rig.hub.events()).length).toBe(events);
  });
});
