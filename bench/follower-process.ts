import { LiveState } from '../src/commands/live-state.js';
import type { Position } from '../src/domain/kernel/event.js';
import { EventStoreLedger } from '../src/platform/ledger/event-store-ledger.js';
import { SystemClock } from '../src/platform/system-clock.js';
import { answerParent } from './child.js';
import { cpuSeconds } from './servers/server-ready.js';

/** What was read since the last question, and what it cost. */
export interface Followed {
  readonly events: number;
  readonly cpuSeconds: number;
}

// A node as far as it reads what others write: the subscription, and the live state behind it.
const ledger = await EventStoreLedger.connect({ url: process.argv[2]! });
const live = new LiveState(ledger, new SystemClock());
let [events, before] = [0, 0];
live.hear(() => {
  events += 1;
});
await live.start();
before = cpuSeconds();

answerParent('ready', async (upTo): Promise<Followed> => {
  if (!(await live.reached(upTo as Position, 30_000))) throw new Error('the follower does not come after');
  const now = cpuSeconds();
  const followed = { events, cpuSeconds: now - before };
  [events, before] = [0, now];
  return followed;
});
