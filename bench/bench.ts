import { parseArgs } from 'node:util';
import type { AppendOrder, AppendResult } from './append-process.js';
import { Child, processors } from './child.js';
import { rounded } from './figures.js';
import { IssuanceBench } from './issuance.js';
import { machineDescription, stolenTicks } from './machine.js';
import { type Figures, appendFigures, asText, issuanceFigures } from './report.js';

const USAGE = `npm run bench -- [--json] [--rounds 5] [--seconds 3] [--connections 32,64] [--read-models]
Durable token issuance against oidc-provider in memory, and durable appends. --json: one line of JSON on standard output.
--read-models: Mandate also feeds its read models meanwhile, in the same process, and nothing is pinned to a processor.`;

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' }, connections: { type: 'string', default: '32,64' },
    'read-models': { type: 'boolean', default: false },
  },
});
const CALLERS = 64;
const APPEND_ROUNDS = 5;

const progress = (line: string): void => void process.stderr.write(`${line}\n`);

const appendBench = async (pinned: ReturnType<typeof processors>): Promise<readonly AppendResult[]> => {
  const { child } = await Child.start<string>('./append-process.js', pinned?.[0]);
  const results: AppendResult[] = [];
  try {
    await child.ask<AppendResult>({ callers: CALLERS, seconds: 1 } satisfies AppendOrder);
    for (let round = 1; round <= APPEND_ROUNDS; round += 1) {
      results.push(await child.ask<AppendResult>({ callers: CALLERS, seconds: 2 } satisfies AppendOrder));
      progress(`append, round ${round} of ${APPEND_ROUNDS}`);
    }
    return results;
  } finally {
    await child.kill();
  }
};

const run = async (): Promise<Figures> => {
  const readModels = options['read-models'];
  // The database of the read models has a thread that wants a processor of its own.
  const pinned = readModels ? undefined : processors();
  const before = stolenTicks();
  const date = new Date().toISOString().slice(0, 10);
  const append = appendFigures(await appendBench(pinned), CALLERS);
  const issuance = issuanceFigures(await IssuanceBench.run({
    rounds: Number(options.rounds), seconds: Number(options.seconds), warmUpSeconds: 4, connections: options.connections.split(',').map(Number), processors: pinned, readModels,
  }, progress));
  const after = stolenTicks();
  const stolen = before && after && rounded((after.stolen - before.stolen) / (after.all - before.all), 4);
  return { machine: machineDescription(), date, pinned: pinned !== undefined, readModels, stolen, issuance, append };
};

if (options.help) console.log(USAGE);
else {
  try {
    const figures = await run();
    console.log(options.json ? JSON.stringify(figures) : asText(figures));
  } catch (error) {
    console.error(`\nThere are no figures. ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
