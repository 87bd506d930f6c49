import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { atWork } from '../native-work.js';
import { SqliteInUse, openSqlite } from '../sqlite.js';
import type { VaultCall, VaultReply } from './vault-file.js';
import { VaultTable } from './vault-table.js';

// The vault's thread: the process's event loop never waits for the disk. Calls that came in while a commit was in flight
// go into the next one together (group commit), and are answered only after it.
const MOST_PER_COMMIT = 256;
const port = parentPort!;

try {
  // secure_delete overwrites what is deleted: a destroyed key must not be readable in a free page.
  const [database, table] = atWork(() => {
    const opened = openSqlite((workerData as { file: string }).file, { secure_delete: 'ON' });
    return [opened, new VaultTable(opened)];
  });

  const perform = ({ n, method, args }: VaultCall): VaultReply =>
    ({ n, value: (table[method] as (...args: unknown[]) => unknown).apply(table, [...args]) });

  const commit = (calls: readonly VaultCall[]): VaultReply[] => {
    let replies: VaultReply[];
    database.exec('BEGIN IMMEDIATE');
    try {
      replies = calls.map(perform);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
    // The write-ahead log holds older pages until it is emptied; for a deletion that is now.
    if (calls.some(({ method }) => method.startsWith('delete'))) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return replies;
  };

  port.on('message', (first: readonly VaultCall[] | 'close') => {
    const calls: VaultCall[] = [];
    let next: typeof first | undefined = first;
    while (next !== undefined && next !== 'close') {
      calls.push(...next);
      next = calls.length < MOST_PER_COMMIT ? receiveMessageOnPort(port)?.message as typeof next : undefined;
    }
    if (calls.length > 0) {
      try {
        port.postMessage(atWork(() => commit(calls)));
      } catch (error) {
        port.postMessage(calls.map(({ n }) => ({ n, error: (error as Error).message })));
      }
    }
    if (next === 'close') {
      atWork(() => database.close());
      port.close();
    }
  });
  port.postMessage('open');
} catch (error) {
  port.postMessage({ inUse: error instanceof SqliteInUse, message: (error as Error).message });
  port.close();
}
