import { parentPort, workerData } from 'node:worker_threads';
import { atWork } from '../native-work.js';
import type { SqliteDatabase } from '../sqlite.js';
import { LedgerDamaged, LedgerLocked, isDamage, isFull, openLedgerFile } from './ledger-file.js';
import { SqliteLog } from './sqlite-log.js';
import { type Failure, Misfit, type SqliteOpened, type SqliteReplies, type SqliteReply, type SqliteRequest } from './sqlite-messages.js';

// The ledger's thread: the process's event loop never waits for the disk.
const port = parentPort!;
const { file } = workerData as { file: string };

const perform = (log: SqliteLog, request: SqliteRequest): SqliteReplies[keyof SqliteReplies] => {
  switch (request.kind) {
    case 'commit':
      return log.commit(request.recordedAt, request.appends);
    case 'stream':
      return log.readStream(request.stream, request.from, request.limit);
    case 'all':
      return log.readAll(request.after, request.limit, request.prefixes);
    case 'import':
      return log.import(request.rows);
    case 'inspect':
      return log.inspect();
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

/**
 * After an I/O error nobody knows what the file holds: it has to be opened anew, which recovers what was committed. So the
 * ledger comes back by itself when the disk does. The thread ends for it, since only with its last statement goes the lock.
 */
const isLost = (request: SqliteRequest, error: unknown): boolean => request.kind === 'commit' && !isFull(error);

const serve = (database: SqliteDatabase, log: SqliteLog): void => {
  const letGo = (): void => {
    atWork(() => database.close());
    port.close();
  };
  port.on('message', (request: SqliteRequest | 'close') => {
    if (request === 'close') return letGo();
    try {
      port.postMessage({ n: request.n, value: atWork(() => perform(log, request)) } satisfies SqliteReply);
    } catch (error) {
      const isLast = isLost(request, error);
      port.postMessage({ n: request.n, ...failureOf(error), isLast } satisfies SqliteReply);
      if (isLast) letGo();
    }
  });
};

try {
  const [database, log] = atWork(() => {
    const opened = openLedgerFile(file);
    return [opened, new SqliteLog(opened)];
  });
  serve(database, log);
  port.postMessage({ sequence: log.sequence } satisfies SqliteOpened);
} catch (error) {
  port.postMessage(failureOf(error) satisfies SqliteOpened);
  port.close();
}
