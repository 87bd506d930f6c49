import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import { WrongExpectedRevision } from '../../src/domain/ports/ledger.js';
import { LedgerDamaged } from '../../src/platform/ledger/ledger-file.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { openSqlite } from '../../src/platform/sqlite.js';
import { readEverything, reasonsOf, suspended, temporaryDirectory } from '../support/ledgers.js';

// Places of events in their streams are written many at once: there are always some that stand in memory alone.
const EVENTS = 2_500;
const STREAMS = 60;

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;
const open = () => SqliteLedger.open({ file, now: Date.now });
/** In a process of its own: the engine lets go of a file when the last statement is collected, not before. */
const inFile = <T>(sql: string): readonly T[] =>
  JSON.parse(execFileSync(process.execPath, [new URL('./query-child.js', import.meta.url).pathname, file, sql], { encoding: 'utf8' })) as T[];
const edit = (...statements: readonly string[]): void => {
  const database = openSqlite(file);
  for (const sql of statements) database.exec(sql);
  database.close();
};
const placesInFile = (): number => inFile<{ n: number }>('SELECT count(*) AS n FROM places')[0]!.n;
/** What the streams should hold, told by the log itself, which needs no index. */
const byStream = (events: readonly RecordedEvent[]): Map<string, readonly string[]> => {
  const streams = new Map<string, string[]>();
  for (const { stream, id } of events) streams.set(stream, [...(streams.get(stream) ?? []), id]);
  return streams;
};
const expectEveryStreamWhole = async (ledger: SqliteLedger): Promise<void> => {
  const streams = byStream(await readEverything(ledger, ''));
  expect(streams.size).toBe(STREAMS);
  for (const [stream, ids] of streams) {
    expect((await ledger.readStream(stream)).map(({ id }) => id)).toEqual(ids);
    const from = Math.floor(ids.length / 2);
    expect((await ledger.readStream(stream, from, 3)).map(({ id }) => id)).toEqual(ids.slice(from, from + 3));
  }
  expect(await ledger.fileProblems()).toEqual([]);
};

beforeEach(async () => {
  directory = temporaryDirectory();
  file = join(directory.path, 'ledger.db');
  const ledger = await open();
  for (let n = 0; n < EVENTS; n += 50)
    await Promise.all(Array.from({ length: 50 }, (_, k) => ledger.append(`agent-${(n + 7 * k) % STREAMS}`, 'any', [suspended(`${n + k}`)])));
  await ledger.close();
});
afterEach(() => directory.remove());

describe('where the events of a stream stand', () => {
  it('is known of all of them, whether it was written or not, and after the file was opened again', async () => {
    expect(placesInFile()).toBeGreaterThan(EVENTS / 2);
    expect(placesInFile()).toBeLessThan(EVENTS);
    const ledger = await open();
    await expectEveryStreamWhole(ledger);
    // Enough that more are written while streams have events on both sides.
    for (let n = 0; n < 30; n += 1) await Promise.all(Array.from({ length: 50 }, (_, k) => ledger.append(`agent-${k}`, 'any', [suspended(`more ${n}`)])));
    await expectEveryStreamWhole(ledger);
    await ledger.close();
  });

  it('is forgotten of events whose commit failed, also when it would have written places', async () => {
    edit("CREATE TRIGGER refused BEFORE INSERT ON events WHEN NEW.data LIKE '%not this one%' BEGIN SELECT RAISE(ABORT, 'refused'); END");
    const ledger = await open();
    const before = reasonsOf(await ledger.readStream('agent-1'));
    const together = Array.from({ length: 900 }, (_, n) => ledger.append('agent-1', 'any', [suspended(n === 899 ? 'not this one' : `lost ${n}`)]));
    const outcomes = await Promise.allSettled(together);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    await ledger.append('agent-1', before.length - 1, [suspended('next')]);
    expect(reasonsOf(await ledger.readStream('agent-1'))).toEqual([...before, 'next']);
    await expectEveryStreamWhole(ledger);
    await ledger.close();
  });

  it('tells a retry and a lost race from each other on both sides of what is written', async () => {
    const ledger = await open();
    for (const stream of ['agent-1', 'agent-2']) {
      const [first] = await ledger.readStream(stream, 0, 1);
      const { id, type, version, data, tenant, actor, correlationId, causationId } = first!;
      const again = await ledger.append(stream, 'none', [{ id, type, version, data, tenant, actor, correlationId, causationId }]);
      expect(again).toEqual({ revision: 0, position: first!.position });
      await expect(ledger.append(stream, 'none', [suspended('another')])).rejects.toThrow(WrongExpectedRevision);
    }
    await ledger.close();
  });
});

describe('a ledger file of the format before', () => {
  beforeEach(() => edit('DROP TABLE places', 'CREATE UNIQUE INDEX event_places ON events (stream, revision)', 'PRAGMA user_version=1'));

  it('is brought to this one when it is opened, whole, and goes on', async () => {
    const ledger = await open();
    await expectEveryStreamWhole(ledger);
    await ledger.append('agent-1', 'any', [suspended('after')]);
    expect(reasonsOf(await ledger.readStream('agent-1')).at(-1)).toBe('after');
    await ledger.close();
    expect(placesInFile()).toBe(EVENTS);
    expect(inFile('PRAGMA user_version')).toEqual([{ user_version: 2 }]);
    expect(inFile("SELECT name FROM sqlite_schema WHERE name = 'event_places'")).toEqual([]);
  });

  it('stays as it was when that fails', async () => {
    edit('CREATE VIEW places AS SELECT 1');
    await expect(open()).rejects.toThrow();
    expect(inFile('PRAGMA user_version')).toEqual([{ user_version: 1 }]);
    edit('DROP VIEW places');
    const ledger = await open();
    await expectEveryStreamWhole(ledger);
    await ledger.close();
  });
});

describe('an index that is not true of its events', () => {
  it('is told by the look at the whole file', async () => {
    edit('UPDATE places SET position = position + 1 WHERE revision = 7');
    const ledger = await open();
    expect(await ledger.fileProblems()).toEqual([`${STREAMS} places in the index of streams are not those of the events`]);
    await ledger.close();
  });

  it.each([
    ['leads into another stream', 'UPDATE places SET position = position + 1 WHERE revision = 7'],
    ['leaves an event out', "DELETE FROM places WHERE revision = 7 AND stream = (SELECT id FROM streams WHERE name = 'agent-1')"],
  ])('gives nobody a stream that is not what was written, and keeps nobody looking, where it %s', async (_, sql) => {
    edit(sql);
    const ledger = await open();
    await expect(ledger.readStream('agent-1')).rejects.toThrow(LedgerDamaged);
    await expect(ledger.readStream('agent-1', 7, 1)).rejects.toThrow(LedgerDamaged);
    expect(await ledger.readStream('agent-1', 0, 7)).toHaveLength(7);
    await ledger.close();
  });

  it('is refused where it has more events than there are', async () => {
    edit(`DELETE FROM events WHERE position > 100`);
    await expect(open()).rejects.toThrow(LedgerDamaged);
  });
});
