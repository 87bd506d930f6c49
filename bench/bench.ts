import { parseArgs } from 'node:util';
import { appendBench, appendSteps } from './append-figures.js';
import { processors } from './child.js';
import { issuanceFigures, scenarioFigures } from './endpoint-figures.js';
import { EndpointBench } from './endpoints.js';
import { type ScenarioName, scenarioNames } from './load/scenarios.js';
import { circumstances, stolenTicks } from './machine.js';
import { Progress } from './progress.js';
import { type Figures, asText } from './report.js';
import { measure } from './program.js';

const APPEND = 'append';
const ALL = [...scenarioNames, APPEND];
const USAGE = `npm run bench -- [--json] [--save] [--scenarios ${ALL.join(',')}]
                 [--connections 1,16,64,256] [--rounds 4] [--seconds 3] [--read-models]
Mandate beside oidc-provider with everything in memory, endpoint by endpoint, and durable appends. With EVENTSTORE_URL also
Mandate over that event store; take one that may be thrown away. As it stands it takes about a quarter of an hour.
--json: one line of JSON on standard output.  --save: the same into docs/figures/bench.json, or eventstore.json with EVENTSTORE_URL.
--read-models: Mandate also feeds its read models meanwhile, in the same process, and nothing is pinned to a processor.`;

/** Of every server. After four the engine still compiles what is hot, and a token costs up to a tenth more than after twelve. */
const WARM_UP_SECONDS = 12;
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false }, save: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    scenarios: { type: 'string', default: ALL.join(',') }, connections: { type: 'string', default: '1,16,64,256' },
    rounds: { type: 'string', default: '4' }, seconds: { type: 'string', default: '3' }, 'read-models': { type: 'boolean', default: false },
  },
});

const run = async (): Promise<Figures> => {
  const wanted = options.scenarios.split(',');
  const unknown = wanted.find((name) => !ALL.includes(name));
  if (unknown !== undefined) throw new Error(`There is no scenario "${unknown}"; there are ${ALL.join(', ')}.`);
  const chosen = wanted.filter((name): name is ScenarioName => name !== APPEND);
  const [connections, rounds] = [options.connections.split(',').map(Number), Number(options.rounds)];
  const eventStoreUrl = process.env['EVENTSTORE_URL'] || undefined;
  const readModels = options['read-models'];
  // The database of the read models has a thread that wants a processor of its own.
  const pinned = readModels ? undefined : processors();
  const contestants = eventStoreUrl === undefined ? 2 : 3;
  const appendRounds = wanted.includes(APPEND) ? rounds : 0;
  const turns = chosen.length * contestants + (chosen.includes('client_credentials') ? 1 : 0);
  const progress = new Progress(turns * (1 + connections.length * rounds) + (appendRounds > 0 ? appendSteps(appendRounds) : 0));
  const before = stolenTicks();
  const append = appendRounds > 0 ? await appendBench(appendRounds, pinned?.[0], progress) : undefined;
  const plan = { scenarios: chosen, connections, rounds, seconds: Number(options.seconds), warmUpSeconds: WARM_UP_SECONDS, processors: pinned, readModels, eventStoreUrl };
  const result = chosen.length > 0 ? await EndpointBench.run(plan, progress) : { rounds: [], proofs: [] };
  progress.end();
  const issuance = issuanceFigures(result);
  return {
    ...circumstances(before), pinned: pinned !== undefined, readModels,
    ...(issuance ? { issuance } : {}), ...(append ? { append } : {}), scenarios: scenarioFigures(result), ...result,
  };
};

await measure({ usage: USAGE, name: process.env['EVENTSTORE_URL'] ? 'eventstore' : 'bench', options, run, text: asText });
