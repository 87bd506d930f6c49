import type { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { emptyDatabase } from '../../../src/platform/database/empty-database.js';
import { openReadDatabase } from '../../../src/platform/database/open-read-database.js';
import { endsTransaction, listenedChannel, opensTransaction } from '../../../src/platform/database/sql-text.js';
import { type CopyingConnection, ReadModelUnavailable } from '../../../src/projections/read-database.js';

const TARGETS = [
  { name: 'PGlite in its thread', databaseUrl: undefined, skip: false },
  { name: 'PostgreSQL (set DATABASE_URL to run it)', databaseUrl: process.env['DATABASE_URL'], skip: process.env['DATABASE_URL'] === undefined },
];

describe.each(TARGETS)('the read-model database: $name', ({ databaseUrl, skip }) => {
  const when = skip ? it.skip : it;
  const opened = openReadDatabase({ databaseUrl, directory: 'memory://' });
  let source: DataSource;
  beforeAll(async () => {
    if (skip) return;
    void opened.database.open();
    await opened.database.open();
    source = await opened.database.dataSource();
    await source.query('DROP TABLE IF EXISTS facade_spec');
    await source.query('CREATE TABLE facade_spec (id int PRIMARY KEY, big bigint, money numeric, at timestamptz, bytes bytea, words text[], doc jsonb, yes boolean)');
  });
  afterAll(async () => {
    if (!skip) await source.query('DROP TABLE facade_spec');
    await opened.database.close();
  });

  when('gives the JavaScript types that pg gives', async () => {
    const at = new Date('2026-11-24T01:02:03.456Z');
    await source.query('INSERT INTO facade_spec VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [1, '9007199254740993', '1.50', at, Buffer.from([0, 255]), ['a "b"', 'c\\d', 'NULL'], { x: ['é'] }, true]);
    const [row] = await source.query<Record<string, unknown>[]>('SELECT * FROM facade_spec WHERE id = $1', [1]);
    expect(row).toEqual({ id: 1, big: '9007199254740993', money: '1.50', at, bytes: Buffer.from([0, 255]), words: ['a "b"', 'c\\d', 'NULL'], doc: { x: ['é'] }, yes: true });
  });

  when('never lets one transaction see or undo the work of another', async () => {
    const transfer = (id: number, fail: boolean): Promise<unknown> =>
      source.transaction(async (manager) => {
        await manager.query('INSERT INTO facade_spec (id) VALUES ($1)', [id]);
        await manager.query('SELECT 1');
        if (fail) throw new Error('undo me');
      }).catch((error: Error) => error.message);
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => transfer(100 + n, n % 2 === 1)));
    expect(outcomes.filter((outcome) => outcome === 'undo me')).toHaveLength(10);
    const rows = await source.query<{ id: number }[]>('SELECT id FROM facade_spec WHERE id >= 100 ORDER BY id');
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, n) => 100 + 2 * n));
  });

  when('says by SQLSTATE what was wrong, and goes on', async () => {
    await source.query('INSERT INTO facade_spec (id) VALUES (7)');
    await expect(source.query('INSERT INTO facade_spec (id) VALUES (7)')).rejects.toMatchObject({ driverError: { code: '23505' } });
    await expect(source.query('SELECT * FROM no_such_table')).rejects.toMatchObject({ driverError: { code: '42P01' } });
    expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  when('ends a transaction that its client left open', async () => {
    const client = await opened.pool()!.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO facade_spec (id) VALUES (500)');
    (client.release as (error?: boolean) => void)(true);
    expect(await source.query('SELECT id FROM facade_spec WHERE id = 500')).toEqual([]);
  });

  when('takes rows by COPY, and undoes them with their transaction', async () => {
    const copied = (id: number, fail: boolean): Promise<unknown> =>
      source.transaction(async (manager) => {
        const connection = (await manager.queryRunner!.connect()) as CopyingConnection;
        await connection.copyRows('COPY facade_spec (id, words) FROM STDIN', `${id}\t{"tab \\t","NULL"}\n${id + 1}\t\\N\n`);
        if (fail) throw new Error('undo me');
      }).catch((error: { message: string; code?: string }) => error.code ?? error.message);
    expect([await copied(600, false), await copied(700, true), await copied(600, false)]).toEqual([undefined, 'undo me', '23505']);
    expect(await source.query('SELECT id, words FROM facade_spec WHERE id >= 600 ORDER BY id')).toEqual([{ id: 600, words: ['tab \t', 'NULL'] }, { id: 601, words: null }]);
  });

  when('brings notifications to those who listen', async () => {
    const listener = (await opened.pool()!.connect()) as EventEmitter & { query(sql: string): Promise<unknown>; release(): void };
    const heard = new Promise<string | undefined>((resolve) => {
      listener.on('notification', ({ payload }: { payload?: string | undefined }) => resolve(payload));
    });
    await listener.query('LISTEN facade_spec_channel');
    await source.query(`SELECT pg_notify('facade_spec_channel', 'hello')`);
    expect(await heard).toBe('hello');
    listener.release();
  });
});

describe('the read-model database and its files', () => {
  it('waits a little for an opening and then says that it is not there', async () => {
    const { database } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
    expect(database.status().state).toBe('closed');
    await expect(database.dataSource()).rejects.toBeInstanceOf(ReadModelUnavailable);
    await database.close();
  });

  it('builds anew what can\'t be opened, and says so', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mandate-read-'));
    const said: string[] = [];
    const path = join(directory, 'read-models');
    const first = openReadDatabase({ databaseUrl: undefined, directory: path });
    await first.database.open();
    await (await first.database.dataSource()).query('CREATE TABLE kept (id int)');
    await first.database.close();
    writeFileSync(`${path}.json`, JSON.stringify({ inUseSince: 1 }));
    const second = openReadDatabase({ databaseUrl: undefined, directory: path, report: (problem) => said.push(problem) });
    await second.database.open();
    const tables = await (await second.database.dataSource()).query(`SELECT 1 FROM pg_tables WHERE tablename = 'kept'`);
    expect(tables).toEqual([]);
    expect(said.join()).toContain('restarted');
    await second.database.close();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  it('begins without the prepared empty database when that is damaged', async () => {
    const prepared = (await emptyDatabase())!;
    // As an interrupted copy of the code would leave it.
    writeFileSync(`${prepared}.cut`, readFileSync(prepared).subarray(0, 1_000_000));
    renameSync(`${prepared}.cut`, prepared);
    const opened = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
    await opened.database.open();
    expect(await (await opened.database.dataSource()).query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await opened.database.close();
    expect(statSync((await emptyDatabase())!).size).toBeGreaterThan(1_000_000);
  }, 60_000);

  it('begins without it also when it can neither be read nor taken away: another account made it', async () => {
    const prepared = (await emptyDatabase())!;
    renameSync(prepared, `${prepared}.kept`);
    try {
      // What may not be read and may not be removed, for whoever may do everything too.
      mkdirSync(prepared);
      const opened = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
      await opened.database.open();
      expect(await (await opened.database.dataSource()).query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await opened.database.close();
    } finally {
      rmSync(prepared, { recursive: true, force: true });
      renameSync(`${prepared}.kept`, prepared);
    }
  }, 60_000);
});

describe('what the facade reads of a statement', () => {
  it.each([
    ['BEGIN', true, false], ['  -- note\n begin transaction', true, false], ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE', true, false],
    ['BEGIN; SELECT 1; COMMIT', false, false], ['COMMIT', false, true], ['ROLLBACK', false, true], ['ROLLBACK TO SAVEPOINT a', false, false],
    ['/* x */ end', false, true], ['SELECT \'begin\'', false, false],
  ])('%j', (sql, opens, ends) => {
    expect([opensTransaction(sql), endsTransaction(sql)]).toEqual([opens, ends]);
  });

  it('knows a LISTEN that stands alone', () => {
    expect([listenedChannel('LISTEN "a b"'), listenedChannel('listen Jobs;'), listenedChannel('SELECT 1')]).toEqual(['a b', 'jobs', undefined]);
  });
});
