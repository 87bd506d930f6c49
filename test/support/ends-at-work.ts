import { writeSync } from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { atWork, nativeThread } from '../../src/platform/native-work.js';
import { openSqlite } from '../../src/platform/sqlite.js';

/* A process that ends while a thread of it is in the middle of its work. */
const COUNTS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT max(i) FROM n';

if (isMainThread) {
  const ending = new Int32Array(new SharedArrayBuffer(4));
  // First of those who hear of the end.
  process.on('exit', () => {
    Atomics.store(ending, 0, 1);
    Atomics.notify(ending, 0);
  });
  const worker = nativeThread(new URL(import.meta.url), { kind: process.argv[2], ending }, {});
  worker.once('message', () => process.exit(3));
} else {
  const { kind, ending } = workerData as { readonly kind: string; readonly ending: Int32Array };
  const begin = (): void => {
    parentPort!.postMessage('it has begun');
    Atomics.wait(ending, 0, 0);
  };
  const endless = (): void => {
    for (begin(); ;);
  };
  const long = (): void => {
    const statement = openSqlite(':memory:').prepare(COUNTS);
    begin();
    statement.get();
    writeSync(1, 'done');
  };
  atWork(kind === 'endless' ? endless : long);
  atWork(() => writeSync(1, ', and more'));
}
