import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, linkSync, mkdirSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../durable.js';
import { LedgerUnreadable } from '../../domain/ports/ledger.js';
import { type SqliteDatabase, SqliteInUse, openSqlite } from '../sqlite.js';

/** Another process has the ledger open. Two writers would each give the same places to different events. */
export class LedgerLocked extends Error {
  override readonly name = 'LedgerLocked';
}

/** The file is not the ledger it should be. It is never replaced by an empty one: a person has to look at it. */
export class LedgerDamaged extends LedgerUnreadable {
  override readonly name = 'LedgerDamaged';
}

/** Stands in the header of every ledger file ('MAND'), so that no other database is taken for one. */
const APPLICATION_ID = 0x4d414e44;
const SCHEMA_VERSION = 2;
/**
 * A commit copies the pages it changed into the log; emptying that less often merges more of the copies. A page that is not
 * among the 8 MB of its own is in the system's cache.
 */
const PRAGMAS = { cache_size: -8_192, wal_autocheckpoint: 4_000, cell_size_check: 'ON' };

/** Where the events of a stream are, for the first events of the ledger: written late, for many at once (`SqlitePlaces`). */
const PLACES = `
  CREATE TABLE places (
    stream INTEGER NOT NULL, revision INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (stream, revision)
  ) STRICT, WITHOUT ROWID;
`;

/*
 * Positions are the primary key and gapless. Streams are numbered, so that the index of places stays small. There is no
 * index on event ids, nor one that every append touches at a random page: either costs more than the event.
 */
const SCHEMA = `
  PRAGMA application_id=${APPLICATION_ID};
  PRAGMA user_version=${SCHEMA_VERSION};
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
    id TEXT NOT NULL, type TEXT NOT NULL, metadata TEXT NOT NULL, data TEXT NOT NULL
  ) STRICT;
  ${PLACES}
`;

/** From each earlier format to the next one, in one transaction. */
const UPGRADES: Readonly<Record<number, string>> = {
  // An index over all events that each append kept up to date.
  1: `BEGIN; ${PLACES}
    INSERT INTO places (stream, revision, position) SELECT stream, revision, position FROM events ORDER BY stream, revision;
    DROP INDEX event_places; PRAGMA user_version=2; COMMIT;`,
};

/** The events with a place in the index and those after them, beside the position of the last. To count all of them would read the whole file. */
const COUNT = `
  WITH placed AS (SELECT count(*) AS n FROM places)
  SELECT n + (SELECT count(*) FROM events WHERE position > n) AS events, (SELECT ifnull(max(position), 0) FROM events) AS last FROM placed
`;

/** The embedded ledger of a data directory. */
export const ledgerFileIn = (directory: string): string => join(directory, 'ledger.db');

/** Opens the ledger of this file for this process alone; creates it only where there is none. */
export const openLedgerFile = (file: string): SqliteDatabase => {
  if (!existsSync(file)) createLedgerFile(file);
  checkLength(file);
  const database = refusingDamage(file, () => openSqlite(file, PRAGMAS));
  try {
    refusingDamage(file, () => check(file, database));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

/** A file that was cut within its last page looks whole to SQLite, which reads the missing bytes as zeros. */
const checkLength = (file: string): void => {
  const { size } = statSync(file);
  if (size === 0) throw new LedgerDamaged(`${file} is empty. A ledger never is; restore it from a backup.`);
  // With a log beside it the file may be in the middle of being filled up from it, which opening completes.
  if (existsSync(`${file}-wal`)) return;
  const header = Buffer.alloc(100);
  const handle = openSync(file, 'r');
  readSync(handle, header);
  closeSync(handle);
  // The file format, section 1.3: page size at 16 (1 stands for 65,536), number of pages at 28.
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  if (size < pageSize * header.readUInt32BE(28))
    throw new LedgerDamaged(`The ledger ${file} is damaged (its end is missing). Restore it from a backup.`);
};

const refusingDamage = <T>(file: string, step: () => T): T => {
  try {
    return step();
  } catch (error) {
    if (error instanceof SqliteInUse)
      throw new LedgerLocked(`Another process uses the ledger ${file}. Stop it, or give this one a file of its own.`);
    if (isDamage(error)) throw new LedgerDamaged(`The ledger ${file} is damaged (${(error as Error).message}). Restore it from a backup.`);
    throw error;
  }
};

/** SQLITE_CORRUPT and SQLITE_NOTADB; both engines put the (extended) result code here. */
export const isDamage = (error: unknown): boolean => [11, 26].includes(((error as { errcode?: number }).errcode ?? 0) & 0xff);
/** SQLITE_FULL: the commit was rolled back cleanly, and the next may succeed when there is room again. */
export const isFull = (error: unknown): boolean => (((error as { errcode?: number }).errcode ?? 0) & 0xff) === 13;

const check = (file: string, database: SqliteDatabase): void => {
  const { application_id } = database.prepare('PRAGMA application_id').get() as { application_id: number };
  if (application_id !== APPLICATION_ID) throw new LedgerDamaged(`${file} is a database, but not a ledger of Mandate.`);
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  for (let version = user_version; version !== SCHEMA_VERSION; version += 1) {
    const upgrade = UPGRADES[version];
    if (upgrade === undefined) throw new LedgerDamaged(`${file} has format ${user_version}; this version of Mandate reads format ${SCHEMA_VERSION}.`);
    database.exec(upgrade);
  }
  const { events, last } = database.prepare(COUNT).get() as { events: number; last: number };
  if (events !== last) throw new LedgerDamaged(`The ledger ${file} lacks ${Math.abs(last - events)} events. Restore it from a backup.`);
};

/**
 * Makes the whole file under another name and links it into place: a crash on the way leaves no file, or a complete
 * one, and of two processes that begin at once one finds the other's. So an empty or torn file is never a new ledger.
 */
const createLedgerFile = (file: string): void => {
  if (existsSync(`${file}-wal`))
    throw new LedgerDamaged(`${file} is missing, but its log ${file}-wal is there. Restore the file from a backup.`);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new-${randomUUID()}`;
  try {
    const database = openSqlite(draft);
    database.exec(SCHEMA);
    database.close();
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(dirname(file));
};
