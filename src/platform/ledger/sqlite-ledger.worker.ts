import { parentPort, workerData } from 'node:worker_threads';
import type { SqliteDatabase } from '../sqlite.js';
import { LedgerDamaged, LedgerLocked, isDamage, isFull, openLedgerFile } from './ledger-file.js';
import { SqliteLog } from './sqlite-log.js';
import { type CommitReply, type Failure, Misfit, type SqliteOpened, type SqliteReplies, type SqliteReply, type SqliteRequest } from './sqlite-messages.js';

// The ledger's thread: the process's event loop never waits for the disk.
const port = parentPort!;
const { file } = workerData as { file: string };
let open: { database: SqliteDatabase; log: SqliteLog } | undefined;

const ledger = (): SqliteLog => {
  if (!open) {
    const database = openLedgerFile(file);
    try {
      open = { database, log: new SqliteLog(database) };
    } catch (error) {
      database.close();
      throw error;
    }
  }
  return open.log;
};

const letGo = (): void => {
  const database = open?.database;
  open = undefined;
  database?.close();
};

const perform = (request: SqliteRequest): SqliteReplies[keyof SqliteReplies] => {
  switch (request.kind) {
    case 'commit':
      return commit(request.recordedAt, request.appends);
    case 'stream':
      return ledger().readStream(request.stream, request.from, request.limit);
    case 'all':
      return ledger().readAll(request.after, request.limit, request.prefixes);
    case 'import':
      return ledger().import(request.rows);
    case 'inspect':
      return ledger().inspect();
  }
};

/**
 * After an I/O error nobody knows what the file holds: it is opened anew, which recovers what was committed, before it
 * is used again. So the ledger comes back by itself when the disk does.
 */
const commit = (...args: Parameters<SqliteLog['commit']>): CommitReply => {
  const log = ledger();
  try {
    return log.commit(...args);
  } catch (error) {
    if (!isFull(error)) letGo();
    throw error;
  }
};

const failureOf = (error: unknown): { failure: Failure; message: string } => {
  const { message } = error as Error;
  if (error instanceof LedgerLocked) return { failure: 'locked', message };
  if (error instanceof LedgerDamaged) return { failure: 'damaged', message };
  if (error instanceof Misfit) return { failure: 'misfit', message };
  return isDamage(error)
    ? { failure: 'damaged', message: `The ledger ${file} is damaged (${message}). Restore it from a backup.` }
    : { failure: 'failed', message };
};

const answer = (request: SqliteRequest): SqliteReply => {
  try {
    return { n: request.n, value: perform(request) };
  } catch (error) {
    return { n: request.n, ...failureOf(error) };
  }
};

port.on('message', (request: SqliteRequest | 'close') => {
  if (request !== 'close') return port.postMessage(answer(request));
  letGo();
  port.close();
});

try {
  port.postMessage({ sequence: ledger().sequence } satisfies SqliteOpened);
} catch (error) {
  port.postMessage(failureOf(error) satisfies SqliteOpened);
  port.close();
}
