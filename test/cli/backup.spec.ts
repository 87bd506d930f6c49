import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OperatorAgent } from '../../src/commands/agents/operator-agent.js';
import { Write } from '../../src/commands/write.js';
import { agentEvents } from '../../src/domain/agent/agent.events.js';
import { BackupDamaged, readWhole } from '../../src/platform/backup/read-archive.js';
import { type KeptEvent, keptEvents, lineOf } from '../../src/platform/ledger/kept-log.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { writeOperatorFile } from '../../src/platform/operator-credentials.js';
import { NOTES, type TestHub, startHub } from '../support/hub.js';
import { mandate } from '../support/mandate-command.js';
import { TestClock } from '../support/test-clock.js';

type Json = Readonly<Record<string, unknown>>;
const MANDATE = new URL('../../../bin/mandate.js', import.meta.url).pathname;

describe('mandate backup', () => {
  let hub: TestHub;
  let directory: string;
  let client: Awaited<ReturnType<TestHub['service']>>;
  const clock = new TestClock();
  const nothing = (): void => undefined;
  const run = (...args: string[]) => mandate(directory, args);
  const fileNamed = (name: string): string => join(directory, name);
  const linesIn = (file: string): readonly string[] => gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  const things = (file: string, name: string): readonly Json[] => 
    linesIn(file).flatMap((line) => {
      const thing = (JSON.parse(line) as Record<string, Json | undefined>)[name];
      return thing ? [thing] : [];
    });
  const keptBy = async (ledger: SqliteLedger): Promise<readonly KeptEvent[]> => {
    const events: KeptEvent[] = [];
    for await (const event of keptEvents(ledger, '')) events.push(event);
    return events;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mandate-backup-'));
    hub = await startHub({ directory, ledger: await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() }), clock });
    writeOperatorFile(directory, await hub.inside.app.get(OperatorAgent, { strict: false }).ensure(undefined, hub.issuer, hub.context));
    client = await hub.service(await hub.resource(), ['notes:read']);
    await hub.user();
    // What other readers of lines take for the end of one.
    await hub.inside.app.get(Write, { strict: false }).record('activity-agt_x', agentEvents.AgentSuspended({ agentId: 'agt_x', reason: 'one\u2028two\rthree “𝛿”' }), hub.context);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('writes what the ledger held at one place and every sealed secret, for its owner alone, and reads it back', async () => {
    const file = fileNamed('first');
    const { code, lines, problems } = await run('backup', file);
    expect([code, problems]).toEqual([0, []]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const events = await keptBy(hub.inside.ledger as SqliteLedger);
    const [head] = linesIn(file).map((line) => JSON.parse(line) as Json);
    const inside = events.filter(({ position }) => position <= (head!['through'] as string));
    expect(linesIn(file).filter((line) => line.startsWith('{"event":'))).toEqual(inside.map((event) => `{"event":${lineOf(event)}}`));
    const digest = createHash('sha256').update(inside.map((event) => `${lineOf(event)}\n`).join('')).digest('hex');
    expect(lines).toEqual([
      expect.stringContaining(`${file}: ${inside.length} events and ${things(file, 'secret').length} sealed secrets of 2026-11-24T12:00:00.000Z`),
      `SHA-256 of the ledger ${digest}`, expect.stringContaining(`keep ${directory}/keys/master.key somewhere else`),
    ]);
    expect(head).toMatchObject({ mandate: 'backup', format: 1, hub: '0.1.0', takenAt: '2026-11-24T12:00:00.000Z' });
  });

  it('has every key that its ledger names, and none of them open', async () => {
    const file = fileNamed('first');
    const named = things(file, 'event').filter(({ type }) => type === 'SigningKeyGenerated').map(({ data }) => (data as Json)['kid']);
    const held = things(file, 'secret').filter(({ kind }) => kind === 'signing-key').map(({ name }) => name);
    expect(held).toEqual(expect.arrayContaining(named as string[]));
    expect(named.length).toBeGreaterThan(1);
    const masterKey = readFileSync(join(directory, 'keys', 'master.key'), 'utf8').trim();
    expect(linesIn(file).some((line) => line.includes(masterKey) || line.includes('PRIVATE KEY'))).toBe(false);
  });

  it('is recorded before it begins and, with its digests, when it has left whole: by whom, and that of the master key', async () => {
    const [started, taken] = await hub.events('BackupStarted', 'BackupTaken');
    const [head, ...rest] = linesIn(fileNamed('first')).map((line) => JSON.parse(line) as Json);
    const { backupId, through } = head!;
    expect(started).toMatchObject({ tenant: 'tnt_default', actor: { kind: 'agent' }, position: through, data: { backupId, withMasterKey: false, network: '127.0.0.0/24' } });
    expect(taken).toMatchObject({ actor: started!.actor, data: { backupId, through, ...(rest.at(-1)!['end'] as Json) } });
  });

  it('takes the master key along only when it is asked to, and says what that means', async () => {
    const file = fileNamed('with-key');
    const { lines } = await run('backup', file, '--with-master-key');
    const masterKey = readFileSync(join(directory, 'keys', 'master.key'), 'utf8').trim();
    expect(JSON.parse(linesIn(file)[1]!)).toEqual({ masterKey });
    expect(lines.at(-1)).toMatch(/^THE MASTER KEY IS IN IT/);
    expect((await hub.events('BackupStarted')).at(-1)).toMatchObject({ data: { withMasterKey: true } });
    expect(await readWhole(file, nothing)).toMatchObject({ hasMasterKey: true });
  });

  it('is a prefix of the ledger although tokens are issued meanwhile', async () => {
    let going = true;
    const issuing = (async () => {
      let issued = 0;
      while (going) {
        const answers = await Promise.all(Array.from({ length: 8 }, () => hub.clientCredentials(client, { resource: NOTES.uri })));
        issued += answers.filter(({ status }) => status === 200).length;
      }
      return issued;
    })();
    const file = fileNamed('busy');
    expect((await run('backup', file)).code).toBe(0);
    going = false;
    expect(await issuing).toBeGreaterThan(0);
    const events = await keptBy(hub.inside.ledger as SqliteLedger);
    const written = linesIn(file).filter((line) => line.startsWith('{"event":'));
    expect(written).toEqual(events.slice(0, written.length).map((event) => `{"event":${lineOf(event)}}`));
    expect(written.length).toBeLessThan(events.length);
  });

  it.each([
    [['backup'], 1, 'Into which file?'],
    [['backup', 'FIRST'], 1, 'never written over anything'],
    [['backup', '/nowhere/at/all/file'], 1, 'There is no directory /nowhere/at/all.'],
  ])('%j is answered with a sentence', async (args, code, sentence) => {
    const [before, recorded] = [readFileSync(fileNamed('first')), (await hub.events('BackupStarted')).length];
    const answer = await run(...args.map((arg) => arg.replace('FIRST', fileNamed('first'))));
    expect([answer.code, answer.problems[0]]).toEqual([code, expect.stringContaining(sentence)]);
    expect(readFileSync(fileNamed('first'))).toEqual(before);
    expect((await hub.events('BackupStarted')).length).toBe(recorded);
  });

  it('that dies leaves no file with the name of a backup, and does not stand in the way of the next', async () => {
    const file = fileNamed('killed');
    const child = spawn(process.execPath, [MANDATE, 'backup', file], { env: { PATH: process.env['PATH'], MANDATE_DATA: directory }, stdio: 'ignore' });
    const exited = once(child, 'exit');
    while (!existsSync(`${file}.part`) && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    expect((await exited)[1]).toBe('SIGKILL');
    expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, true]);
    expect((await run('backup', file)).code).toBe(0);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  it('is none when it was cut, altered, or when its end is missing, and says so', async () => {
    const text = linesIn(fileNamed('first'));
    const damaged = fileNamed('damaged');
    const expectDamage = async (says: RegExp): Promise<void> => {
      const failure = await readWhole(damaged, nothing).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(BackupDamaged);
      expect((failure as Error).message).toMatch(says);
    };
    const write = async (lines: readonly string[]): Promise<void> => {
      const { gzipSync } = await import('node:zlib');
      writeFileSync(damaged, gzipSync(lines.map((line) => `${line}\n`).join('')));
    };
    writeFileSync(damaged, readFileSync(fileNamed('first')));
    truncateSync(damaged, Math.floor(statSync(damaged).size / 2));
    await expectDamage(/can't be used: unexpected end of file/);
    await write(text.slice(0, -1));
    await expectDamage(/its end is missing/);
    await write(text.toSpliced(-3, 1));
    await expectDamage(/does not hold what it says/);
    await write(text.map((line, n) => (n === text.length - 3 ? line.replace('"revision":', '"revision":1') : line)));
    await expectDamage(/does not hold what it says/);
    await write(text.with(0, text[0]!.replace('"format":1', '"format":2')));
    await expectDamage(/format 2; this version reads format 1/);
    await write(['{"mandate":"something else"}']);
    await expectDamage(/no backup of Mandate/);
    writeFileSync(damaged, 'not compressed at all');
    await expectDamage(/incorrect header check/);
  });

  it('of a stopped hub comes from its files, and is recorded like any other', async () => {
    expect(hub.inside.failures).toEqual([]);
    await hub.close();
    const file = fileNamed('stopped');
    expect((await run('backup', file)).code).toBe(0);
    const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() });
    const kept = (await keptBy(ledger)).slice(-2);
    expect(kept.map(({ type }) => type)).toEqual(['BackupStarted', 'BackupTaken']);
    expect(kept.map(({ metadata }) => (JSON.parse(metadata) as Json)['actor'])).toEqual([{ kind: 'system', id: 'mandate' }, { kind: 'system', id: 'mandate' }]);
    expect((await run('backup', fileNamed('locked'))).problems[0]).toMatch(/A hub holds the stores in .* and does not answer/);
    await ledger.close();
    expect((await mandate(fileNamed('nothing-here'), ['backup', fileNamed('none')])).problems[0]).toContain('and there is no');
    expect(existsSync(fileNamed('none'))).toBe(false);
  });
});
