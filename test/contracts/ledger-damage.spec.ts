import { copyFileSync, existsSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START } from '../../src/domain/kernel/event.js';
import { LedgerDamaged } from '../../src/platform/ledger/ledger-file.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { openSqlite } from '../../src/platform/sqlite.js';
import { reasonOf, reasonsOf, suspended, temporaryDirectory } from '../support/ledgers.js';

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;
const open = () => SqliteLedger.open({ file, now: Date.now });
const edit = (sql: string): void => {
  const database = openSqlite(file);
  database.exec(sql);
  database.close();
};
/** Opening fails, says so, and leaves the evidence as it was. */
const expectRefusal = async (says: RegExp): Promise<void> => {
  const before = existsSync(file) ? readFileSync(file) : undefined;
  const refusal = await open().then(
    () => undefined,
    (error: Error) => error,
  );
  expect(refusal).toBeInstanceOf(LedgerDamaged);
  expect(refusal!.message).toMatch(says);
  expect(refusal!.message).toContain(file);
  expect(existsSync(file) ? readFileSync(file) : undefined).toEqual(before);
};

beforeEach(async () => {
  directory = temporaryDirectory();
  file = join(directory.path, 'ledger.db');
  const ledger = await open();
  for (let n = 0; n < 100; n += 1) await ledger.append(`agent-${n % 7}`, 'any', [suspended(`${n}`.padEnd(400, '.'))]);
  await ledger.close();
});
afterEach(() => directory.remove());

describe('a file that is not the ledger it was', () => {
  it('is named when it is empty, and no new ledger takes its place', async () => {
    truncateSync(file, 0);
    await expectRefusal(/is empty/);
  });

  it.each([0.1, 0.5, 0.98])('is named when it was cut to %d of its length', async (part) => {
    truncateSync(file, Math.floor(readFileSync(file).length * part));
    await expectRefusal(/damaged/);
  });

  it('is named when it is something else', async () => {
    writeFileSync(file, 'not a database at all. '.repeat(500));
    await expectRefusal(/damaged/);
  });

  it('is named when its tables are overwritten', async () => {
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4_096, bytes.length);
    writeFileSync(file, bytes);
    await expectRefusal(/damaged/);
  });

  it('is named when it is another database', async () => {
    edit('PRAGMA application_id=7');
    await expectRefusal(/not a ledger/);
  });

  it('is named when a later version of Mandate wrote it', async () => {
    edit('PRAGMA user_version=3');
    await expectRefusal(/format 3/);
  });

  it('is named when an event was taken out of it', async () => {
    edit('DELETE FROM events WHERE position = 42');
    await expectRefusal(/lacks 1 event/);
  });

  it('is named when it is gone but its log is there', async () => {
    copyFileSync(file, `${file}-wal`);
    renameSync(file, `${file}.elsewhere`);
    await expectRefusal(/missing/);
  });
});

describe('an event that nobody knows', () => {
  it('stops every reader in front of it, by name, and is never skipped', async () => {
    edit("UPDATE events SET type = 'WrittenByALaterVersion' WHERE position = 50");
    const ledger = await open();
    const page = await ledger.readAll(START, 500);
    expect([page.events.length, page.atEnd]).toEqual([49, false]);
    await expect(ledger.readAll(page.next, 500)).rejects.toThrow(/WrittenByALaterVersion/);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const item of ledger.subscribe(START)) if (item.kind === 'event') seen.push(reasonOf(item.event));
    })();
    await expect(reading).rejects.toThrow(/at 0000000000000050 .*WrittenByALaterVersion/);
    expect(seen).toEqual(reasonsOf(page.events));
    await ledger.close();
  });
});
