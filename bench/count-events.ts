import type { RecordedEvent } from '../src/domain/kernel/event.js';
import { SqliteLedger } from '../src/platform/ledger/sqlite-ledger.js';

/** Opens a ledger's file anew, as after a crash, and counts what stands in it; `each` sees every one that is counted. */
export const countEvents = async (file: string, wanted: string, each: (event: RecordedEvent) => void = () => undefined): Promise<number> => {
  const ledger = await SqliteLedger.open({ file, now: Date.now });
  try {
    let count = 0;
    for (let after = ''; ;) {
      const { events, next, atEnd } = await ledger.readAll(after, 2_000);
      for (const event of events) {
        if (event.type !== wanted) continue;
        count += 1;
        each(event);
      }
      if (atEnd) return count;
      after = next;
    }
  } finally {
    await ledger.close();
  }
};
