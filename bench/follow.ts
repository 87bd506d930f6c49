import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { EventStoreLedger } from '../src/platform/ledger/event-store-ledger.js';
import { Child } from './child.js';
import { quantile, rounded, table } from './figures.js';
import type { Followed } from './follower-process.js';
import { circumstances, stolenTicks } from './machine.js';
import { cpuSeconds } from './servers/server-ready.js';
import { stepsOfAppends } from './steady-appends.js';
import { tokenIssued } from './token-issued.js';

const USAGE = `EVENTSTORE_URL=esdb://… node dist/bench/follow.js [--seconds 10]   (after npm run build)
What it costs to append events of the size of an issuance to that event store, and what it costs another node to follow them. Take one that may be thrown away.`;
const CALLERS = [1, 4, 16, 64, 256];

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' }, help: { type: 'boolean', default: false } } });
const url = process.env['EVENTSTORE_URL'];

const issuance = (agentId: string) => tokenIssued(agentId, randomUUID());
const microseconds = (seconds: number, events: number): string => String(rounded((seconds * 1e6) / events, 0));

const measure = async (ledger: EventStoreLedger, follower: Child): Promise<string> => {
  const ticks = stolenTicks();
  const rows = [['appends of', 'a second', 'p50 ms', 'p99 ms', 'CPU us of an append', 'CPU us of following it']];
  for (const callers of CALLERS) {
    await follower.ask<Followed>(await ledger.head());
    const cpu = cpuSeconds();
    const { perSecond, sorted } = await stepsOfAppends(ledger, callers, issuance).during(pause(Number(values.seconds) * 1000));
    const used = cpuSeconds() - cpu;
    const followed = await follower.ask<Followed>(await ledger.head());
    if (followed.events < sorted.length) throw new Error(`${sorted.length} events were appended and ${followed.events} followed`);
    rows.push([`${callers} callers`, String(rounded(perSecond, 0)), ...[0.5, 0.99].map((q) => String(rounded(quantile(sorted, q), 1))), microseconds(used, sorted.length), microseconds(followed.cpuSeconds, followed.events)]);
  }
  const { machine, date, stolen } = circumstances(ticks);
  return `${table(rows)}\n\n${date}. ${machine}. The host took away ${rounded((stolen ?? 0) * 100, 1)} % of the processor time meanwhile.`;
};

if (values.help || url === undefined) console.log(USAGE);
else {
  const ledger = await EventStoreLedger.connect({ url });
  const { child } = await Child.start('./follower-process.js', undefined, [url]);
  try {
    console.log(await measure(ledger, child));
  } finally {
    await child.kill();
    await ledger.close();
  }
}
