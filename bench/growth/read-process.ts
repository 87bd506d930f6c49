import { join } from 'node:path';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { answerParent } from '../child.js';
import { peakMegabytes } from '../servers/memory.js';

export interface ReadResult {
  readonly events: number;
  readonly seconds: number;
  readonly peakMegabytes: number;
}

const PAGE = 1_000;

/** The whole ledger, event by event, decoded and checked, as a verifier or an export reads it. */
const readWhole = async (directory: string): Promise<ReadResult> => {
  const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: Date.now });
  try {
    const began = performance.now();
    let events = 0;
    for (let after = ''; ;) {
      const page = await ledger.readAll(after, PAGE);
      events += page.events.length;
      if (page.atEnd) return { events, seconds: (performance.now() - began) / 1000, peakMegabytes: peakMegabytes() };
      after = page.next;
    }
  } finally {
    await ledger.close();
  }
};

answerParent('ready', (directory) => readWhole(directory as string));
