import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokenIssued } from '../../bench/token-issued.js';
import { activityEvents } from '../../src/domain/activity/activity.events.js';
import { authorizationEvents } from '../../src/domain/authorization/authorization.events.js';
import { Progress } from '../../src/cli/progress.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { openSqlite } from '../../src/platform/sqlite.js';
import { fillLedger, linesOfFile } from '../support/filled-ledger.js';
import { envelope, suspended, temporaryDirectory } from '../support/ledgers.js';
import { mandate } from '../support/mandate-command.js';

describe('the mandate command on ledgers', () => {
  const { path: directory, remove } = temporaryDirectory();
  const file = join(directory, 'ledger.db');
  const run = (...args: string[]) => mandate(directory, args);
  beforeAll(() => fillLedger(file, 1_500));
  afterAll(remove);

  it('verifies the ledger of the data directory, or the one that is named, and gives its digest', async () => {
    const { code, lines } = await run('ledger', 'verify');
    expect([code, lines]).toEqual([0, [
      `${file}: 1500 events in 303 streams, the last of 2026-01-01T00:00:00.051Z`,
      'Every event can be read, each stream is without a hole, no event stands twice.', expect.stringMatching(/^SHA-256 [0-9a-f]{64}$/),
      'Every promise was kept: each code was redeemed once, no refresh family has two live leaves, no token or loan stands behind what forbids it.',
    ]]);
    expect((await run('ledger', 'verify', file)).lines).toEqual(lines);
    expect(JSON.parse((await run('ledger', 'verify', '--json')).lines.join('\n'))).toMatchObject({ events: 1_500, streams: 303, problems: [], violations: [] });
  });

  it('copies it into a new file, says so, and gives the same digest', async () => {
    const to = join(directory, 'copy', 'ledger.db');
    const { code, lines } = await run('ledger', 'copy', directory, to);
    expect([code, lines[0]]).toEqual([0, `${to} holds what ${file} holds: 1500 events in 303 streams, 1500 of them written now.`]);
    expect((await run('ledger', 'verify', to)).lines).toContain(lines.at(-1));
    expect(await linesOfFile(to)).toEqual(await linesOfFile(file));
    const again = await run('ledger', 'copy', directory, to);
    expect(again.lines.slice(0, 2)).toEqual(['1500 events are there already; going on behind them.', expect.stringContaining('0 of them written now')]);
  });

  it.each([
    [['ledger', 'copy', 'here'], 1, 'From where, and where to?'],
    [['ledger', 'copy', 'a', 'b', 'c'], 2, 'Too many words.'],
    [['ledger'], 2, 'There is no command "ledger".'],
    [['ledger', 'burn'], 2, 'There is no command "ledger".'],
    [['ledger', 'verify', '/nowhere/at/all'], 1, 'There is no ledger /nowhere/at/all/ledger.db.'],
    [['ledger', 'copy', '/nowhere/at/all', '/nowhere/else'], 1, 'There is no ledger /nowhere/at/all/ledger.db.'],
    [['ledger', 'copy', 'esdb://a:1', 'esdb://b:1'], 1, 'Between two event stores'],
  ])('%j is answered with a sentence', async (args, code, sentence) => {
    const answer = await run(...args);
    expect([answer.code, answer.lines, answer.problems[0]]).toEqual([code, [], expect.stringContaining(sentence)]);
  });

  it('says that a hub has to be stopped while it holds the ledger', async () => {
    const ledger = await SqliteLedger.open({ file, now: Date.now });
    expect((await run('ledger', 'verify')).problems[0]).toMatch(/A running hub holds its ledger: stop it first\.$/);
    expect((await run('ledger', 'copy', directory, join(directory, 'other.db'))).problems[0]).toContain('stop it first');
    await ledger.close();
  });

  it('names what is wrong and ends with 1, for a program to see', async () => {
    const damaged = join(directory, 'damaged', 'ledger.db');
    mkdirSync(join(directory, 'damaged'));
    await fillLedger(damaged, 20);
    const edit = openSqlite(damaged);
    edit.exec("UPDATE events SET type = 'WrittenByALaterVersion' WHERE position = 7; UPDATE events SET data = '{}' WHERE position = 9");
    edit.close();
    const { code, lines, problems } = await run('ledger', 'verify', damaged);
    expect([code, problems]).toEqual([1, [`The ledger ${damaged} is not whole.`]]);
    expect(lines.at(-1)).toBe('Whether every promise was kept can only be told of a ledger that is whole.');
    expect(lines.join('\n')).toMatch(/WrittenByALaterVersion \S+ at 0000000000000007 in \S+ can't be read.*\n.* at 0000000000000009 in \S+ can't be read/);
  });

  it('names every promise that a ledger breaks though it is whole, and ends with 1', async () => {
    const lying = join(directory, 'lying', 'ledger.db');
    const ledger = await SqliteLedger.open({ file: lying, now: Date.now });
    const [id, stream] = ['aut_1', 'authorization-aut_1'];
    const { CodeRedeemed, RefreshRotated } = authorizationEvents;
    const all = [CodeRedeemed({ authorizationId: id, at: 1 }), CodeRedeemed({ authorizationId: id, at: 1 }), RefreshRotated({ authorizationId: id, generation: 2, at: 1 })];
    await ledger.append(stream, 'none', all.map((event) => envelope(event)));
    await ledger.close();
    const broken = ['aut_1 has no code', 'The code of aut_1 was redeemed twice', 'The refresh family aut_1 has more than one live leaf'];

    const { code, lines, problems } = await run('ledger', 'verify', lying);
    expect([code, problems]).toEqual([1, [`The ledger ${lying} breaks 3 of Mandate's promises.`]]);
    expect(lines.slice(3)).toEqual(broken.map((sentence) => expect.stringContaining(sentence)));
    const json = await run('ledger', 'verify', lying, '--json');
    expect([json.code, JSON.parse(json.lines.join('\n'))]).toEqual([1, expect.objectContaining({
      problems: [], violationsInAll: 3, violations: broken.map((sentence) => ({ sentence: expect.stringContaining(sentence), positions: expect.any(Array) })),
    })]);
  });

  it('reads once more, keeping all, where a clock was ahead and what was over comes again', async () => {
    const jumped = join(directory, 'jumped', 'ledger.db');
    let now = Date.parse('2026-01-01T00:00:00Z');
    const ledger = await SqliteLedger.open({ file: jumped, now: () => now });
    const voided = (jti: string, agentId: string) => envelope(activityEvents.TokenVoided({ jti, agentId, reason: 'agent.suspended' }));
    const { type, version, data } = tokenIssued('agt_1', '1'.repeat(22), 'tok_1');
    await ledger.append('activity-agt_1', 'any', [{ ...voided('tok_1', 'agt_1'), type, version, data: { ...(data as object), expiresAt: now / 1_000 + 300 } }]);
    now += 86_400_000;
    await ledger.append('activity-agt_2', 'any', [voided('tok_1', 'agt_2')]);
    await ledger.close();
    expect((await run('ledger', 'verify', jumped)).lines.slice(3)).toEqual([expect.stringMatching(/^At \S+ token tok_1 of agt_2 was voided, which was never issued to it\.$/)]);
  });

  it('refuses a target that holds another ledger, and leaves it as it is', async () => {
    const other = join(directory, 'another', 'ledger.db');
    const ledger = await SqliteLedger.open({ file: other, now: Date.now });
    await ledger.append('agent-1', 'none', [suspended('mine')]);
    await ledger.close();
    const before = await linesOfFile(other);
    expect((await run('ledger', 'copy', directory, other)).problems[0]).toContain('The target holds something else');
    expect(await linesOfFile(other)).toEqual(before);
  });
});

describe('the progress line', () => {
  it('is written over itself, with how far it is and how fast, and goes away', () => {
    let now = 0;
    const written: string[] = [];
    const progress = new Progress((text) => void written.push(text), () => now);
    for (const done of [0, 500, 501, 1_000]) {
      progress.show('Copying', done, 1_000);
      now += 60;
    }
    progress.clear();
    const bar = (filled: number) => `[${'#'.repeat(filled)}${' '.repeat(24 - filled)}]`;
    expect(written).toEqual([
      `\r\u001B[KCopying ${bar(0)}   0 % 0 of 1,000`, `\r\u001B[KCopying ${bar(12)}  50 % 501 of 1,000, 4,175/s`,
      `\r\u001B[KCopying ${bar(24)} 100 % 1,000 of 1,000, 5,556/s`, '\r\u001B[K',
    ]);
  });

  it('says nothing where nobody watches', () => {
    const progress = new Progress(undefined, () => 0);
    progress.show('Copying', 1, 2);
    progress.clear();
  });
});
