import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../src/commands/agents/change-agent.js';
import { OperatorAgent } from '../../src/commands/agents/operator-agent.js';
import { RevokeGrant } from '../../src/commands/grants/revoke-grant.js';
import { Write } from '../../src/commands/write.js';
import { agentEvents } from '../../src/domain/agent/agent.events.js';
import { createMasterKey } from '../../src/platform/vault/master-key.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { writeOperatorFile } from '../../src/platform/operator-credentials.js';
import { obtainTokens } from '../support/code-flow.js';
import { linesOfFile } from '../support/filled-ledger.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../support/hub.js';
import { temporaryDirectory } from '../support/ledgers.js';
import { type Said, mandate } from '../support/mandate-command.js';
import { type NodeProcess, startNode } from '../support/node-process.js';
import { TestClock } from '../support/test-clock.js';

type Tokens = Awaited<ReturnType<typeof obtainTokens>>;
type Service = Awaited<ReturnType<TestHub['service']>>;
interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

const MANDATE = new URL('../../../bin/mandate.js', import.meta.url).pathname;

describe('mandate restore', () => {
  const place = temporaryDirectory();
  const old = join(place.path, 'old');
  const file = join(place.path, 'backup');
  const bare = join(place.path, 'backup-without-key');
  const clock = new TestClock(Date.now());
  let port: string;
  let app: string;
  let tokens: Tokens;
  let robot: Service;
  let gone: Service;
  let kid: string;
  let before: readonly string[];

  const at = (name: string): string => join(place.path, name);
  const restore = (name: string, ...args: string[]): Promise<Said> => mandate(at(name), ['restore', ...args]);
  const start = (name: string): Promise<NodeProcess> => startNode([], { MANDATE_DATA: at(name), PORT: port, MANDATE_SAMPLE: 'off', MANDATE_LOG: 'warn' });
  const post = async (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> => {
    const answer = await fetch(`http://localhost:${port}${path}`, { method: 'POST', body: new URLSearchParams(fields), headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };
  const asRobot = ({ clientId, clientSecret }: Service) => post('/token', { grant_type: 'client_credentials', resource: NOTES.uri }, basic(clientId, clientSecret));
  const refresh = () => post('/token', { grant_type: 'refresh_token', client_id: app, refresh_token: tokens.refreshToken });
  const ready = async () => (await fetch(`http://localhost:${port}/health/ready`)).json() as Promise<{ status: string; why?: string }>;
  const kids = async () => ((await (await fetch(`http://localhost:${port}/jwks`)).json()) as { keys: { kid: string }[] }).keys.map((key) => key.kid);
  const events = async (name: string) => (await linesOfFile(join(at(name), 'ledger.db'))).map((line) => JSON.parse(line) as { type: string; data: Record<string, unknown> });

  beforeAll(async () => {
    const hub = await startHub({ directory: old, ledger: await SqliteLedger.open({ file: join(old, 'ledger.db'), now: () => clock.now() }), clock });
    port = new URL(hub.issuer).port;
    writeOperatorFile(old, await hub.inside.app.get(OperatorAgent, { strict: false }).ensure(undefined, hub.issuer, hub.context));
    const notes = await hub.resource();
    await hub.user();
    app = (await hub.agent(PUBLIC_CLIENT)).clientId;
    tokens = await obtainTokens(hub, app);
    [robot, gone] = [await hub.service(notes, ['notes:read']), await hub.service(notes, ['notes:read'])];
    kid = ((await (await hub.fetch('/jwks')).json()) as { keys: { kid: string }[] }).keys[0]!.kid;
    const write = hub.inside.app.get(Write, { strict: false });
    for (let n = 0; n < 20; n += 1)
      await Promise.all(Array.from({ length: 100 }, () => write.record('activity-agt_x', agentEvents.AgentSuspended({ agentId: 'agt_x', reason: 'x'.repeat(200) }), hub.context)));
    expect((await mandate(old, ['backup', file, '--with-master-key'])).problems).toEqual([]);
    expect((await mandate(old, ['backup', bare])).problems).toEqual([]);
    before = await linesOfFile(await copyOfLedger(hub));
    await hub.do(new ChangeAgent(gone.agentId, { type: 'SuspendAgent', reason: 'it was stolen' }, hub.context));
    await hub.do(new RevokeGrant(robot.grantId, 'no longer wanted', undefined, hub.context));
    await hub.close();
  }, 60_000);
  afterAll(() => place.remove());

  /** The hub holds its file. */
  const copyOfLedger = async (hub: TestHub): Promise<string> => {
    const copy = at('copied.db');
    const ledger = await SqliteLedger.open({ file: copy, now: () => 0 });
    const { events: all } = await (hub.inside.ledger as SqliteLedger).readKept('', 100_000);
    await ledger.import(all);
    await ledger.close();
    return copy;
  };

  it('fills an empty directory, verifies it, and says from when it is and what to do', async () => {
    const { code, lines, problems } = await restore('first', file);
    expect([code, problems]).toEqual([0, []]);
    const restored = await linesOfFile(join(at('first'), 'ledger.db'));
    expect(restored).toEqual(before.slice(0, restored.length));
    expect(restored.at(-1)).toContain('"type":"BackupStarted"');
    expect(lines[0]).toMatch(new RegExp(`^${at('first')} is restored from ${file} and verified: ${restored.length} events in \\d+ streams`));
    expect(lines.join('\n')).toMatch(/taken at \d{4}-.*forgotten.*\n.*suspensions.*quarantine[^]*npx mandate release --reason <text>\nThe master key of the backup is in/s);
    expect([statSync(join(at('first'), 'vault.db')).mode & 0o777, statSync(join(at('first'), 'keys', 'master.key')).mode & 0o777]).toEqual([0o600, 0o600]);
  });

  it('names what an old ledger has seen since, by type, and each thing that ended something for somebody', async () => {
    const { lines } = await restore('compared', file, '--compare', old);
    const text = lines.join('\n');
    expect(text).toMatch(/old\/ledger\.db has \d+ newer events, from \S+ to \S+:/);
    expect(text).toMatch(/\n {2}AgentSuspended 1\n/);
    expect(text).toMatch(/These took something away from somebody, and are forgotten:\n.*suspended because: it was stolen.*\n.*the grant was revoked because: no longer wanted/);
    const json = JSON.parse((await restore('compared-json', file, '--compare', old, '--json')).lines.join('\n')) as { lost: { byType: Record<string, number>; ends: object[] } };
    expect(json.lost).toMatchObject({ byType: { BackupTaken: 2, BackupStarted: 1, GrantRevoked: 1 }, ends: [{ type: 'AgentSuspended' }, { type: 'GrantRevoked' }] });
    expect((await restore('compared-nothing', bare, '--compare', at('copied.db'))).lines.join('\n')).not.toContain('took anything away from somebody, and');
    expect((await restore('compared-other', file, '--compare', at('first'))).lines.join('\n')).toContain('has nothing newer than the backup.');
  });

  it.each([
    ['there is no such file', [at('nothing')], /There is no .*nothing\./],
    ['it is no backup', [MANDATE], /can't be used: incorrect header check/],
    ['none is named', [], /From which file\?/],
  ])('says so when %s, and leaves no directory that looks like one', async (_, args, says) => {
    const { code, problems } = await restore('refused', ...args);
    expect([code, problems[0]]).toEqual([1, expect.stringMatching(says)]);
    expect(existsSync(at('refused')) ? readdirSync(at('refused')) : []).toEqual([]);
  });

  it('is never done over anything: an existing ledger stays as it is', async () => {
    const ledger = readFileSync(join(at('first'), 'ledger.db'));
    expect((await restore('first', file)).problems[0]).toMatch(/first is not empty \(.*\)\. A backup is restored into an empty directory only/);
    expect(readFileSync(join(at('first'), 'ledger.db')).equals(ledger)).toBe(true);
  });

  it('of a backup that is cut off or altered leaves the directory empty', async () => {
    const damaged = at('damaged');
    copyFileSync(file, damaged);
    truncateSync(damaged, statSync(file).size - 100);
    expect((await restore('from-damaged', damaged)).problems[0]).toMatch(/can't be used/);
    expect(readdirSync(at('from-damaged'))).toEqual(['keys']);
    expect(readdirSync(join(at('from-damaged'), 'keys'))).toEqual([]);
    expect((await restore('from-damaged', file)).code).toBe(0);
  });

  it('looks at the master key that is there before it begins, and asks for it when it is missing', async () => {
    mkdirSync(join(at('keyed'), 'keys'), { recursive: true });
    createMasterKey(join(at('keyed'), 'keys', 'master.key'));
    expect((await restore('keyed', bare)).problems[0]).toContain('is not the one that the vault of this backup was sealed with');
    writeFileSync(join(at('keyed'), 'keys', 'master.key'), readFileSync(join(old, 'keys', 'master.key')));
    const { code, lines } = await restore('keyed', bare);
    expect([code, lines.some((line) => line.includes('master key is missing'))]).toEqual([0, false]);
    expect((await restore('keyless', bare)).lines.at(-1)).toContain('The master key is missing: put it into');
    await expect(start('keyless')).rejects.toThrow(/its key .*master\.key is missing/);
  }, 60_000);

  it.each(['restore.json', 'vault.db', 'ledger.db-wal'])('that dies when there is a %s leaves a directory on which no hub starts, and can be done again', async (seen) => {
    const name = `killed-at-${seen}`;
    const child = spawn(process.execPath, [MANDATE, 'restore', file], { env: { PATH: process.env['PATH'], MANDATE_DATA: at(name) }, stdio: 'ignore' });
    const exited = once(child, 'exit');
    while (!existsSync(join(at(name), seen)) && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    expect((await exited)[1]).toBe('SIGKILL');
    await expect(start(name)).rejects.toThrow(/is half restored: restoring .*backup was interrupted\. Run npx mandate restore .* again/);
    expect((await restore(name, file)).code).toBe(0);
    expect((await linesOfFile(join(at(name), 'ledger.db'))).length).toBe((await linesOfFile(join(at('first'), 'ledger.db'))).length);
  }, 60_000);

  it('begins in quarantine: nothing from before counts, the operator puts right what was forgotten and releases it', async () => {
    const node = await start('first');
    try {
      expect(await ready()).toMatchObject({ status: 'not_ready', why: expect.stringMatching(/^restored from a backup of .*mandate release$/) });
      expect((await asRobot(robot)).status).toBe(503);
      expect((await asRobot(gone)).status).toBe(503);
      expect((await refresh()).body['error']).toBe('invalid_grant');
      expect(await kids()).not.toContain(kid);
      const { lines } = await mandate(at('first'), ['suspend', gone.agentId, '--reason', 'it was stolen']);
      expect(lines[0]).toContain('is suspended');
      expect((await mandate(at('first'), ['release'])).problems[0]).toContain('Say with --reason');
      expect((await mandate(at('first'), ['release', '--reason', 'compared with the old ledger'])).lines).toEqual(['The hub issues again.']);
      expect((await mandate(at('first'), ['release', '--reason', 'again'])).lines[0]).toContain('There was no quarantine');
      expect(await ready()).toMatchObject({ status: 'ready' });
      expect((await asRobot(robot)).status).toBe(200);
      expect((await asRobot(gone)).body['error']).toBe('invalid_grant');
      expect((await refresh()).body['error']).toBe('invalid_grant');
      expect(await kids()).not.toContain(kid);
    } finally {
      await node.stop();
    }
    const recorded = await events('first');
    const length = recorded.findIndex(({ type }) => type === 'LedgerRestored');
    expect(recorded[length - 1]!.type).toBe('BackupStarted');
    expect(recorded[length]!.data).toMatchObject({ sessions: 'ended', events: length, backupId: recorded[length - 1]!.data['backupId'] });
    expect(recorded.filter(({ type }) => type === 'QuarantineEnded')).toHaveLength(1);
    expect(existsSync(join(at('first'), 'restore.json'))).toBe(false);
    await (await start('first')).stop();
    expect((await events('first')).filter(({ type }) => type === 'LedgerRestored')).toHaveLength(1);
  }, 120_000);

  it('goes on as it was when somebody vouches that nothing happened after the backup', async () => {
    expect((await restore('moved', file, '--keep-sessions')).lines.at(-2)).toContain('since --keep-sessions says that nothing happened');
    const node = await start('moved');
    try {
      expect(await ready()).toMatchObject({ status: 'ready' });
      expect((await asRobot(robot)).status).toBe(200);
      expect((await refresh()).status).toBe(200);
      expect(await kids()).toContain(kid);
    } finally {
      await node.stop();
    }
    expect((await events('moved')).find(({ type }) => type === 'LedgerRestored')!.data).toMatchObject({ sessions: 'kept' });
  }, 60_000);
});
