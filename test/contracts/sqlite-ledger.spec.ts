import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LedgerUnavailable, WrongExpectedRevision } from '../../src/domain/ports/ledger.js';
import { LedgerLocked } from '../../src/platform/ledger/ledger-file.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { readEverything, reasonsOf, revoked, suspended, temporaryDirectory } from '../support/ledgers.js';

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;
let clock = 0;
const open = () => SqliteLedger.open({ file, now: () => clock });

beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory.path, 'data', 'ledger.db');
  clock = Date.UTC(2026, 0, 1);
});
afterEach(() => directory.remove());

interface Acknowledged {
  readonly id: string;
  readonly revision: number;
  readonly position: string;
}
const child = (shell: string): ChildProcess => {
  const script = new URL('./ledger-child.js', import.meta.url).pathname;
  return spawn('/bin/bash', ['-c', `${shell} exec '${process.execPath}' '${script}' '${file}' 4`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
};
const linesOf = (running: ChildProcess) => createInterface({ input: running.stdout! });
const acknowledged = (line: string): readonly Acknowledged[] => {
  const [id = '', revision, position = ''] = line.split(' ');
  return position ? [{ id, revision: Number(revision), position }] : [];
};
/** Every acknowledged event at its place, nothing twice, no hole. */
const expectNothingLost = async (ledger: SqliteLedger, answers: readonly Acknowledged[]): Promise<void> => {
  const events = await readEverything(ledger, '');
  const byId = new Map(events.map(({ id, revision, position }) => [id, { id, revision, position }]));
  expect(byId.size).toBe(events.length);
  expect(answers.map(({ id }) => byId.get(id))).toEqual(answers);
  expect(events.map(({ position }) => Number(position))).toEqual(events.map((_, n) => n + 1));
};

const notOnWindows = process.platform === 'win32' ? it.skip : it;
notOnWindows(`a new ledger and its log are for nobody but their owner${process.platform === 'win32' ? ' (Windows has no such modes)' : ''}`, async () => {
  // As where a directory that others may look into was made before, and the umask forbids nothing.
  mkdirSync(dirname(file), { mode: 0o755 });
  const umask = process.umask(0);
  const ledger = await open().finally(() => process.umask(umask));
  await ledger.append('agent-1', 'any', [suspended('a')]);
  expect([file, `${file}-wal`].map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual(['600', '600']);
  await ledger.close();
});

describe('a process that dies', () => {
  it.each([1, 40, 700])(
    'loses no event that it acknowledged, killed after %i answers',
    async (count) => {
      const answers: Acknowledged[] = [];
      const running = child('');
      const exited = once(running, 'exit');
      for await (const line of linesOf(running)) {
        answers.push(...acknowledged(line));
        if (answers.length === count) running.kill('SIGKILL');
      }
      await exited;
      expect(answers.length).toBeGreaterThanOrEqual(count);
      const ledger = await open();
      await expectNothingLost(ledger, answers);
      await ledger.close();
    },
    60_000,
  );

  it('that runs out of disk refuses, keeps what it acknowledged, and goes on when there is room', async () => {
    const answers: Acknowledged[] = [];
    const lines: string[] = [];
    const running = child("ulimit -f 3000; trap '' XFSZ;");
    for await (const line of linesOf(running)) {
      answers.push(...acknowledged(line));
      lines.push(line);
    }
    expect(lines.at(-1)).toBe('failed LedgerUnavailable');
    expect(answers.length).toBeGreaterThan(100);
    const ledger = await open();
    await expectNothingLost(ledger, answers);
    await ledger.append('agent-1', 'none', [suspended('room again')]);
    await ledger.close();
  }, 60_000);
});

describe('one file, one process', () => {
  it('refuses a second opener, in this process and in another, and lets it in when the first has closed', async () => {
    const first = await open();
    await expect(open()).rejects.toThrow(LedgerLocked);
    const other = child('');
    const [line] = await once(linesOf(other), 'line');
    expect(line).toBe('failed LedgerLocked');
    await first.append('agent-1', 'none', [suspended('undisturbed')]);
    await first.close();
    const second = await open();
    expect(reasonsOf(await second.readStream('agent-1'))).toEqual(['undisturbed']);
    await second.close();
  }, 60_000);

  it('gives two processes that begin at once one ledger', async () => {
    const both = await Promise.allSettled([open(), open()]);
    const opened = both.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const reasons = both.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    // Each may find the other in its way; never do both get in.
    const ledger = opened[0] ?? (await open());
    await ledger.append('agent-1', 'none', [suspended('kept')]);
    await ledger.close();
    expect(opened.length).toBeLessThanOrEqual(1);
    for (const reason of reasons) expect(reason).toBeInstanceOf(LedgerLocked);
    const again = await open();
    expect(reasonsOf(await again.readStream('agent-1'))).toEqual(['kept']);
    await again.close();
  });
});

describe('a ledger that is opened again', () => {
  it('goes on where it was: revisions, positions, conflicts and retries', async () => {
    const first = await open();
    const events = [suspended('a'), suspended('b')];
    const [exact, loose] = [await first.append('agent-1', 'none', events), await first.append('activity-1', 'any', events)];
    await first.close();
    const ledger = await open();
    expect(await ledger.head()).toBe(loose.position);
    expect(await ledger.append('agent-1', 'none', events)).toEqual(exact);
    expect(await ledger.append('activity-1', 'any', events)).toEqual(loose);
    await expect(ledger.append('agent-1', 'none', [suspended('c')])).rejects.toThrow(WrongExpectedRevision);
    expect((await ledger.append('agent-1', 1, [suspended('c')])).revision).toBe(2);
    expect((await readEverything(ledger, '')).map(({ position }) => Number(position))).toEqual([1, 2, 3, 4, 5]);
    await ledger.close();
  });

  it('does not go back in time, although the clock was set back meanwhile', async () => {
    const first = await open();
    await first.append('agent-1', 'none', [suspended('a')]);
    await first.close();
    clock -= 86_400_000;
    const ledger = await open();
    await ledger.append('agent-1', 0, [suspended('b')]);
    const [a, b] = await ledger.readStream('agent-1');
    expect(b!.recordedAt).toBe(a!.recordedAt);
    await ledger.close();
  });
});

describe('group commit', () => {
  it('writes what waits behind a commit in the next one, all together', async () => {
    const ledger = await open();
    const first = Array.from({ length: 200 }, (_, n) => ledger.append(`agent-${n}`, 'none', [suspended('a')]));
    await new Promise(setImmediate);
    const second = Array.from({ length: 300 }, (_, n) => ledger.append(`grant-${n}`, 'none', [suspended('b')]));
    await Promise.all([...first, ...second]);
    expect(ledger.statistics).toEqual({ appends: 500, commits: 2 });
    await ledger.close();
  });

  it('takes what the callers of one commit ask for next into the next one, so that two halves of them become one', async () => {
    const ledger = await open();
    const caller = async (name: string): Promise<void> => {
      for (let n = 0; n < 10; n += 1) await ledger.append(name, 'any', [revoked('r')]); // oxlint-disable-line no-await-in-loop
    };
    const half = caller('activity-1');
    // The first commit is under way.
    await new Promise(setImmediate);
    await Promise.all([half, caller('activity-2')]);
    expect(ledger.statistics).toEqual({ appends: 20, commits: 11 });
    await ledger.close();
  });

  it('writes what waits between two commits before it closes', async () => {
    const ledger = await open();
    const first = ledger.append('agent-1', 'none', [suspended('a')]);
    await new Promise(setImmediate);
    const waits = ledger.append('agent-2', 'none', [suspended('b')]);
    await first;
    await ledger.close();
    expect((await waits).revision).toBe(0);
    const again = await open();
    expect(reasonsOf(await readEverything(again, ''))).toEqual(['a', 'b']);
    await again.close();
  });

  it('tells the loser of a race inside one commit, and only the loser', async () => {
    const ledger = await open();
    const results = await Promise.allSettled([
      ledger.append('agent-1', 'none', [suspended('winner')]),
      ledger.append('agent-1', 'none', [suspended('loser')]),
      ledger.append('agent-1', 0, [suspended('behind the winner')]),
      ledger.append('agent-2', 'none', [suspended('elsewhere')]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(ledger.statistics.commits).toBe(1);
    expect(reasonsOf(await readEverything(ledger, ''))).toEqual(['winner', 'behind the winner', 'elsewhere']);
    await ledger.close();
  });

  it('refuses more than 50,000 waiting appends instead of filling the memory, and does the others', async () => {
    const ledger = await open();
    const waiting = Array.from({ length: 50_000 }, (_, n) => ledger.append(`activity-${n % 100}`, 'any', [revoked('r')]));
    await expect(ledger.append('agent-1', 'none', [suspended('one too many')])).rejects.toThrow(LedgerUnavailable);
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map(({ position }) => position)).size).toBe(50_000);
    await ledger.append('agent-1', 'none', [suspended('later')]);
    await ledger.close();
  }, 60_000);
});
