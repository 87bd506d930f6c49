import { closeSync, existsSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What Mandate uses of SQLite; both engines below offer it under these names. */
export interface SqliteStatement {
  run(...parameters: unknown[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...parameters: unknown[]): unknown;
  all(...parameters: unknown[]): unknown[];
  /** Not in the Node of before 22.16. */
  setReturnArrays?(asArrays: boolean): void;
}
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

/** Another process has the file open. Two writers would each believe to be the only one. */
export class SqliteInUse extends Error {
  override readonly name = 'SqliteInUse';
}

type Engine = { readonly DatabaseSync: new (location: string) => SqliteDatabase };

// node:sqlite entered Node in 22.5; the package has the same interface and brings its own prebuilt library.
const builtin = process.getBuiltinModule('node:sqlite') as unknown as Engine | undefined;
// Required, not awaited: an import at top level would leave a thread that is ended early in the middle of its loading.
const { DatabaseSync } = builtin ?? (createRequire(import.meta.url)('@photostructure/sqlite') as Engine);

/**
 * Opens a database file for this process alone. WAL with `synchronous=FULL`: a commit that returned survives a power cut.
 * Throws SqliteInUse when another process holds the file.
 */
export const openSqlite = (file: string, pragmas: Readonly<Record<string, string | number>> = {}): SqliteDatabase => {
  keepToOwner(file);
  const database = new DatabaseSync(file);
  try {
    // The order matters: in exclusive mode WAL needs no shared memory file, and the lock stays until close.
    const all = { busy_timeout: 0, locking_mode: 'EXCLUSIVE', journal_mode: 'WAL', synchronous: 'FULL', ...pragmas };
    for (const [name, value] of Object.entries(all)) database.exec(`PRAGMA ${name}=${value}`);
    // Exclusive mode takes its lock at the first write, so write nothing once, now.
    database.exec('BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) throw new SqliteInUse(`${file} is in use by another process`);
    throw error;
  }
};

/**
 * A new file is for nobody but its owner, wherever it is: SQLite takes what the umask leaves, and gives its log the rights of the
 * file. One that is there is not opened: to close it again would give up the locks that this process may have on it (fcntl).
 */
const keepToOwner = (file: string): void => {
  if (file === ':memory:' || existsSync(file)) return;
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

/** All rows of a statement as lists of their columns: where there are many, making an object for each costs as much as finding it. */
export const listing = (statement: SqliteStatement): ((...parameters: unknown[]) => (readonly (string | number)[])[]) => {
  if (!statement.setReturnArrays) return (...parameters) => statement.all(...parameters).map((row) => Object.values(row as object) as (string | number)[]);
  statement.setReturnArrays(true);
  return (...parameters) => statement.all(...parameters) as (string | number)[][];
};

const isBusy = (error: unknown): boolean => error instanceof Error && /database is locked|SQLITE_BUSY/i.test(error.message);
