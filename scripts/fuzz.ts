import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { openReadDatabase } from '../src/platform/database/open-read-database.js';
import { ProjectionRunner } from '../src/projections/feeding/runner.js';
import { FuzzedHub } from '../test/fuzz/fuzzed-hub.js';
import { Longest } from '../test/fuzz/longest.js';
import { parsers } from '../test/fuzz/parsers.js';
import { bentAssertion, bentBytes, bentDocument, bentRequest } from '../test/fuzz/properties.js';
import { targetsOf } from '../test/fuzz/targets.js';
import { families, services } from '../test/model/oauth-machine.js';
import { placeOn } from '../test/model/oauth-world.js';
import { startHub } from '../test/support/hub.js';

const USAGE = `npm run fuzz -- [--minutes 1] [--seed <number>]
Bends requests, tokens, documents and bytes at every way into a hub with read models, feeds its parsers, and plays the OAuth
state machine against its model, until the time is over or something is found. The seed repeats a run.`;

const { values: options } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' }, help: { type: 'boolean', default: false } } });
/** Milliseconds of the event loop for one request. Hashing and signing happen elsewhere or are quick. */
const LONGEST = 50;
const seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(options.seed);
const until = Date.now() + Number(options.minutes) * 60_000;

interface Tally {
  runs: number;
  readonly statuses: Map<number, number>;
}
const tallies = new Map<string, Tally>();

/** True when it holds; says what was found otherwise. */
const holds = async (name: string, make: (seen: (status: number) => void) => fc.IRawProperty<unknown, boolean>, numRuns: number, round: number): Promise<boolean> => {
  const tally = tallies.get(name) ?? { runs: 0, statuses: new Map<number, number>() };
  tallies.set(name, tally);
  const property = make((status) => tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1));
  const result = await fc.check(property, { seed: seed + round, numRuns });
  tally.runs += result.numRuns;
  if (result.failed) console.error(`\nFound in "${name}", seed ${seed} (round ${round}):\n${fc.defaultReportMessage(result)}\n${String((result.errorInstance as Error | undefined)?.message ?? '')}`);
  return !result.failed;
};

const round = async (at: FuzzedHub, n: number): Promise<boolean> => {
  // Limits count per quarter of an hour, and tokens and sessions end.
  at.hub.inside.clock.advance(1_000);
  at.renew();
  await at.signInAgain();
  for (const target of targetsOf(await at.adminToken())) if (!(await holds(target.name, (seen) => bentRequest(at, target, seen), 40, n))) return false;
  for (const [name, property] of [['signed assertions', bentAssertion], ['metadata documents', bentDocument], ['bytes', bentBytes]] as const)
    if (!(await holds(name, (seen) => property(at, seen), 100, n))) return false;
  for (const [name, property] of parsers) if (!(await holds(name, () => property, 1_000, n))) return false;
  return true;
};

const run = async (): Promise<boolean> => {
  const { database } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
  const [hub, other] = [await startHub({ readDatabase: database }), await startHub()];
  await database.open();
  const runner = hub.inside.app.get(ProjectionRunner, { strict: false });
  runner.start();
  const at = await FuzzedHub.of(hub);
  at.longest = new Longest(LONGEST);
  const place = await placeOn(other);
  let ok = true;
  for (let n = 0; ok && (n === 0 || Date.now() < until); n += 1) {
    ok = (await round(at, n)) && (await holds('the OAuth state machine, of apps', () => families(place), 40, n)) && (await holds('the OAuth state machine, of services', () => services(place), 40, n));
    process.stderr.write(`round ${n + 1}, ${Math.max(0, Math.round((until - Date.now()) / 1000))} s left\n`);
  }
  await runner.stop();
  await hub.close();
  await other.close();
  await database.close();
  return ok;
};

const print = (): void => {
  const width = Math.max(...[...tallies.keys()].map(({ length }) => length));
  for (const [name, { runs, statuses }] of tallies)
    console.log(`${name.padEnd(width)}  ${String(runs).padStart(7)}  ${[...statuses].sort().map(([status, count]) => `${status}: ${count}`).join('  ')}`);
  console.log(`\nSeed ${seed}. No answer that is not documented, no 500, no changed prototype, nothing that kept the event loop for more than ${LONGEST} ms.`);
};

if (options.help) console.log(USAGE);
else {
  console.log(`Seed ${seed}.`);
  if (await run()) print();
  else process.exitCode = 1;
}
