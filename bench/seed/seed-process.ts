import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { START } from '../../src/domain/kernel/event.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { openVault } from '../../src/platform/vault/open-vault.js';
import { answerParent } from '../child.js';
import { layFoundation } from './foundation.js';
import { BUSY, QUIET } from './population.js';
import { SeededClock } from './seeded-clock.js';
import { Seeder } from './seeder.js';

export interface Seeded {
  /** Events in the ledger. */
  readonly events: number;
  readonly written: number;
  readonly seconds: number;
  /** Agents of the default tenant; their secrets are told by `secretOf`. */
  readonly agents: readonly string[];
  /** Agents with so many events of their own, once there is room for them. */
  readonly quiet: string | undefined;
  readonly busy: string | undefined;
  /** The time that it is in the ledger, in milliseconds since 1970. */
  readonly now: number;
}

/** Somebody has to be there to ask for tokens, also in the smallest ledger. */
const FIRST_AGENTS = 64;

const { values: { directory, url } } = parseArgs({ options: { directory: { type: 'string' }, url: { type: 'string' } } });
const clock = new SeededClock();
const open = () => SqliteLedger.open({ file: join(directory!, 'ledger.db'), now: () => clock.now() });
let seeder: Seeder | undefined;
let [quiet, busy]: (string | undefined)[] = [];

/** Opens the stores, writes, and closes them again: between its orders others use them. */
const grow = async (upTo: number): Promise<Seeded> => {
  const vault = await openVault({ directory: directory!, clock });
  const ledger = await open();
  try {
    seeder ??= new Seeder(clock, await layFoundation({ ledger, vault, clock, publicUrl: url! }));
    if (seeder.count === 0) await seeder.settleAgents({ ledger, vault }, FIRST_AGENTS);
    const before = await eventsIn(ledger);
    const began = performance.now();
    const until = seeder.count + upTo - before;
    if (busy === undefined && upTo - before > 2 * BUSY) {
      quiet = await seeder.writeAgent({ ledger, vault }, QUIET, QUIET * 20);
      busy = await seeder.writeAgent({ ledger, vault }, BUSY, Math.floor((upTo - before) * 0.9));
    }
    await seeder.write({ ledger, vault }, Math.max(0, until - seeder.count));
    const seconds = (performance.now() - began) / 1000;
    const events = await eventsIn(ledger);
    return { events, written: events - before, seconds, agents: seeder.agents, quiet, busy, now: clock.now() };
  } finally {
    await ledger.close();
    await vault.close();
  }
};

/** Positions of the embedded ledger are the count of its events. */
const eventsIn = async (ledger: SqliteLedger): Promise<number> => {
  const head = await ledger.head();
  return head === START ? 0 : Number(head);
};

answerParent('ready', (upTo) => grow(upTo as number));
