import { parseArgs } from 'node:util';
import { machineDescription } from '../bench/machine.js';
import { killAgainAndAgain } from './kills.js';

const USAGE = `npm run torture -- [--kills 1000] [--seed N]
Kills a real hub (SIGKILL) under mixed load and reads the whole ledger: what was told has to be there, nothing twice, nothing
that was forbidden. EVENTSTORE_URL: on that server, which has to be empty; else on the embedded ledger. Ctrl-C ends it early, with a
report of what it did by then. Exit code 1: a promise was broken.`;

const { values: options } = parseArgs({
  options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string' }, help: { type: 'boolean', default: false } },
});
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const seed = Number(options.seed ?? Math.floor(Math.random() * 1e9));
const eventStoreUrl = process.env['EVENTSTORE_URL'];
console.log(`${machineDescription()}. Seed ${seed}. Ledger: ${eventStoreUrl ?? 'SQLite'}.`);
const enough = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => enough.abort());
const violations = await killAgainAndAgain({ kills: Number(options.kills), seed, enough: enough.signal, ...(eventStoreUrl === undefined ? {} : { eventStoreUrl }) });
for (const violation of violations.slice(0, 50)) console.error(`VIOLATION  ${violation}`);
process.exitCode = violations.length > 0 ? 1 : 0;
