import { parseArgs } from 'node:util';
import { machineDescription } from '../bench/machine.js';
import { killAgainAndAgain } from './kills.js';

const USAGE = `npm run torture -- [--kills 1000] [--seed N]
  Kills a real hub (SIGKILL) under mixed load and reads the whole ledger: what was told has to be there, nothing twice, nothing
  that was forbidden. EVENTSTORE_URL: on that server, which has to be empty; else on the embedded ledger.
npm run torture -- --races 1000 [--width 200] [--nodes 1] [--processes]
  So many rounds of each race on one node, and then on two over one ledger (or on so many as are named): the promised one wins.
  --processes: on two nodes that are processes, over EVENTSTORE_URL and DATABASE_URL; it begins a hub in that EventStoreDB.
npm run torture -- --suspensions 200
  Suspends on one node while another issues, and says how long the other went on. With EVENTSTORE_URL, DATABASE_URL and REDIS_URL
  the nodes are processes, else they share this one.
Ctrl-C ends the first two early, with a report of what was done by then. Exit code 1: a promise was broken.`;

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' }, seed: { type: 'string' }, races: { type: 'string' }, width: { type: 'string', default: '200' }, nodes: { type: 'string' }, processes: { type: 'boolean', default: false },
    suspensions: { type: 'string' }, help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const enough = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => enough.abort());
const eventStoreUrl = process.env['EVENTSTORE_URL'];

const kill = async (): Promise<readonly string[]> => {
  const seed = Number(options.seed ?? Math.floor(Math.random() * 1e9));
  console.log(`${machineDescription()}. Seed ${seed}. Ledger: ${eventStoreUrl ?? 'SQLite'}.`);
  return killAgainAndAgain({ kills: Number(options.kills), seed, enough: enough.signal, ...(eventStoreUrl === undefined ? {} : { eventStoreUrl }) });
};

// What the others need is loaded for them alone: who kills starts a thousand processes beside this one.
const race = async (rounds: number): Promise<readonly string[]> => {
  const [{ raceAgainAndAgain }, { nodesInOneProcess }] = await Promise.all([import('./race-rounds.js'), import('../test/faults/race-nodes.js')]);
  const order = { rounds, width: Number(options.width) };
  console.log(`${machineDescription()}. Ledger: ${options.processes ? 'EventStoreDB' : 'SQLite'}.`);
  if (options.processes) return raceOfProcesses(order);
  const broken: string[] = [];
  for (const count of [1, 2] as const) {
    if (enough.signal.aborted || (options.nodes ?? String(count)) !== String(count)) continue;
    broken.push(...(await raceAgainAndAgain({ ...order, title: `${count} node(s)`, nodes: await nodesInOneProcess(count) }, enough.signal)));
  }
  return broken;
};

const raceOfProcesses = async (order: { readonly rounds: number; readonly width: number }): Promise<readonly string[]> => {
  const [{ raceAgainAndAgain }, { startRaceProcesses }] = await Promise.all([import('./race-rounds.js'), import('../test/nodes/race-processes.js')]);
  const { nodes, end } = await startRaceProcesses();
  try {
    return await raceAgainAndAgain({ ...order, title: 'two processes', nodes }, enough.signal);
  } finally {
    await end();
  }
};

const suspend = async (rounds: number): Promise<readonly string[]> => {
  const [{ suspendAgainAndAgain }, { onEventStore, onSqlite }] = await Promise.all([import('./suspensions.js'), import('./two-nodes.js')]);
  const nodes = await (eventStoreUrl === undefined ? onSqlite() : onEventStore());
  try {
    console.log(`${machineDescription()}.`);
    return await suspendAgainAndAgain(nodes, rounds);
  } finally {
    await nodes.close();
  }
};

const run = options.races !== undefined ? race(Number(options.races)) : options.suspensions !== undefined ? suspend(Number(options.suspensions)) : kill();
const violations = await run;
for (const violation of violations.slice(0, 50)) console.error(`VIOLATION  ${violation}`);
process.exitCode = violations.length > 0 ? 1 : 0;
