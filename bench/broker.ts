import { parseArgs } from 'node:util';
import { type BrokerFigures, type ExchangeFigures, type HubFigures, exchangeFigures } from './broker/broker-figures.js';
import type { BrokerQuestion, Rate } from './broker/broker-process.js';
import { brokerText } from './broker/broker-text.js';
import { policyCost } from './broker/policy-cost.js';
import { Child, processors } from './child.js';
import { scenarioFigures } from './endpoint-figures.js';
import { EndpointBench } from './endpoints.js';
import { circumstances, stolenTicks } from './machine.js';
import { Progress } from './progress.js';
import { measure } from './program.js';

const USAGE = `node dist/bench/broker.js [--rounds 3] [--seconds 1] [--only endpoints|policy|vault|decisions] [--json] [--save]   (after npm run build)
Token exchange beside client credentials and a peer's nearest grant; a decision by the number of rules; loans of the vault; back-test and replay.
--json: one line of JSON on standard output.  --save: the same into docs/figures/broker.json, of all parts.`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '1' }, only: { type: 'string' },
    json: { type: 'boolean', default: false }, save: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
  },
});
const isWanted = (part: string): boolean => options.only === undefined || options.only === part;
const CONNECTIONS = [16, 64];
const RULES = [10, 100, 1_000];
const CALLERS = 64;
const DECISIONS = 60_000;

const exchange = async (): Promise<ExchangeFigures> => {
  const rounds = Number(options.rounds);
  const progress = new Progress(2 * 2 * (1 + CONNECTIONS.length * rounds));
  const scenarios = ['client_credentials', 'exchange'] as const;
  const result = await EndpointBench.run({ scenarios, connections: CONNECTIONS, rounds, seconds: Number(options.seconds), warmUpSeconds: 2, processors: processors(), readModels: false, eventStoreUrl: undefined }, progress);
  progress.end();
  return exchangeFigures(scenarioFigures(result));
};

const hub = async (): Promise<HubFigures> => {
  const { child } = await Child.start('./broker/broker-process.js', processors()?.[0]);
  const ask = (question: BrokerQuestion): Promise<Rate> => child.ask<Rate>(question);
  const figures: { -readonly [part in keyof HubFigures]: HubFigures[part] } = {};
  try {
    const seconds = 4;
    for (const what of ['issue', 'lend'] as const) await ask({ what, callers: CALLERS, seconds: 1 });
    if (isWanted('vault')) {
      figures.issue = await ask({ what: 'issue', callers: CALLERS, seconds });
      figures.lend = await ask({ what: 'lend', callers: CALLERS, seconds });
      figures['lend alone'] = await ask({ what: 'lend', callers: 1, seconds });
      for (const what of ['open', 'open cold'] as const) figures[what] = await ask({ what, seconds: 2 });
    }
    if (isWanted('decisions')) {
      for (let written = 0; written < DECISIONS;) written += (await ask({ what: 'issue', callers: CALLERS, seconds: 2 })).done;
      for (const what of ['back-test', 'replay'] as const) {
        await ask({ what, most: DECISIONS / 2 });
        figures[what] = await ask({ what, most: DECISIONS });
      }
    }
  } finally {
    await child.kill('SIGTERM');
  }
  return figures;
};

const run = async (): Promise<BrokerFigures> => {
  if (options.save && options.only !== undefined) throw new Error('--save keeps all parts, of one run: leave out --only.');
  const before = stolenTicks();
  const parts = {
    ...(isWanted('endpoints') ? { exchange: await exchange() } : {}), ...(isWanted('policy') ? { policy: RULES.map(policyCost) } : {}),
    ...(isWanted('vault') || isWanted('decisions') ? { hub: await hub() } : {}),
  };
  return { ...circumstances(before), ...parts };
};

await measure({ usage: USAGE, name: 'broker', options, run, text: (figures) => brokerText(figures, CALLERS) });
