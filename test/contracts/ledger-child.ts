import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { suspended } from '../support/ledgers.js';

/*
 * A process that dies, for sqlite-ledger.spec.ts: `node ledger-child.js <file> <streams>`. Appends from 32 callers for
 * ever and prints a line for each answer, and 'failed <name>' and ends when the ledger has none.
 */
const [file = '', streams = '1'] = process.argv.slice(2);
/** At once and whole, so that no acknowledgement is lost with the process; a reader that is slow is waited for. */
const say = (line: string): void => {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
};

const appendForEver = async (ledger: SqliteLedger, caller: number): Promise<never> => {
  for (;;) {
    const id = randomUUID();
    const { revision, position } = await ledger.append(`activity-${caller % Number(streams)}`, 'any', [suspended('x'.repeat(400), id)]);
    say(`${id} ${revision} ${position}`);
  }
};

try {
  const ledger = await SqliteLedger.open({ file, now: Date.now });
  say('open');
  await Promise.all(Array.from({ length: 32 }, (_, caller) => appendForEver(ledger, caller)));
} catch (error) {
  say(`failed ${(error as Error).name}`);
  process.exit(1);
}
