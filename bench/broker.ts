import { parseArgs } from 'node:util';
import type { BrokerQuestion, Rate } from './broker/broker-process.js';
import { policyCost } from './broker/policy-cost.js';
import { Child, processors } from './child.js';
import { RATIO_IS, scenarioFigures } from './endpoint-figures.js';
import { EndpointBench } from './endpoints.js';
import { rounded, table } from './figures.js';
import { machineDescription, stolenShare, stolenTicks } from './machine.js';
import { Progress } from './progress.js';

// `npm run build && node dist/bench/broker.js [--rounds 3] [--only endpoints|policy|vault|decisions]`: token exchange beside client
// credentials and a peer's nearest grant; a decision by the number of rules; loans of the vault; back-test and replay.
const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '1' }, only: { type: 'string' } } });
const isWanted = (part: string): boolean => options.only === undefined || options.only === part;
const CONNECTIONS = [16, 64];
const RULES = [10, 100, 1_000];
const CALLERS = 64;
const DECISIONS = 60_000;

const exchangeText = async (): Promise<string> => {
  const rounds = Number(options.rounds);
  const progress = new Progress(2 * 2 * (1 + CONNECTIONS.length * rounds));
  const scenarios = ['client_credentials', 'exchange'] as const;
  const result = await EndpointBench.run({ scenarios, connections: CONNECTIONS, rounds, seconds: Number(options.seconds), warmUpSeconds: 2, processors: processors(), readModels: false, eventStoreUrl: undefined }, progress);
  progress.end();
  const [tokens, exchanges] = scenarioFigures(result);
  const rows = tokens!.byConnections.map(({ connections, servers: { embedded, peer } }, n) => {
    const own = exchanges!.byConnections[n]!.servers;
    return [
      `${connections} connections`, ...[embedded, own.embedded, peer, own.peer].map((one) => `${one!.perCpuSecond} (${one!.perSecond}/s, p99 ${one!.p99Ms.median} ms)`),
      rounded(own.embedded!.perCpuSecond / embedded!.perCpuSecond).toFixed(2), rounded(own.embedded!.perSecond / embedded!.perSecond).toFixed(2),
    ];
  });
  return `
token exchange: ${exchanges!.says}. Beside: ${exchanges!.beside}. Operations per processor second, and by the clock.

${table([['', 'client_credentials', 'exchange', 'peer, client_credentials', 'peer, refresh', 'exchange / client_credentials, CPU', 'wall'], ...rows])}

  exchange / the peer's nearest grant: ${exchanges!.ratio}   (${RATIO_IS})
`;
};

const policyText = (): string => `
one decision (two scopes, the request of a user), by the number of rules; one rule in ten is about the request and has a condition that is evaluated

${table([['rules', 'evaluated', 'us'], ...RULES.map(policyCost).map(({ rules, evaluated, microseconds }) => [String(rules), String(evaluated), microseconds.toFixed(1)])])}
`;

const per = ({ done, seconds, cpuSeconds }: Rate): readonly string[] => [Math.round(done / seconds).toLocaleString('en-US'), Math.round(done / cpuSeconds).toLocaleString('en-US'), done.toLocaleString('en-US')];

const hubText = async (): Promise<string> => {
  const { child } = await Child.start('./broker/broker-process.js', processors()?.[0]);
  const ask = (question: BrokerQuestion): Promise<Rate> => child.ask<Rate>(question);
  const rows: (readonly string[])[] = [];
  let loan = '';
  try {
    const seconds = 4;
    for (const what of ['issue', 'lend'] as const) await ask({ what, callers: CALLERS, seconds: 1 });
    if (isWanted('vault')) {
      const issued = await ask({ what: 'issue', callers: CALLERS, seconds });
      const lent = await ask({ what: 'lend', callers: CALLERS, seconds });
      rows.push(['token issued (client credentials, in process)', ...per(issued)], ['credential lent: decided, durable, opened', ...per(lent)], ['the same by one caller', ...per(await ask({ what: 'lend', callers: 1, seconds }))]);
      rows.push(['vault opened, data key kept', ...per(await ask({ what: 'open', seconds: 2 }))], ['vault opened, data key unwrapped', ...per(await ask({ what: 'open cold', seconds: 2 }))]);
      loan = `\n  a loan / a token: ${rounded(lent.done / lent.cpuSeconds / (issued.done / issued.cpuSeconds)).toFixed(2)} by processor seconds, ${rounded(lent.done / lent.seconds / (issued.done / issued.seconds)).toFixed(2)} by wall time\n`;
    }
    if (isWanted('decisions')) {
      for (let written = 0; written < DECISIONS;) written += (await ask({ what: 'issue', callers: CALLERS, seconds: 2 })).done;
      for (const what of ['back-test', 'replay'] as const) {
        await ask({ what, most: DECISIONS / 2 });
        rows.push([`${what} of recorded decisions`, ...per(await ask({ what, most: DECISIONS }))]);
      }
    }
  } finally {
    await child.kill('SIGTERM');
  }
  return `\nin the hub's process, ${CALLERS} callers and agents, SQLite with synchronous=FULL\n\n${table([['', 'per second', 'per CPU-second', 'done'], ...rows])}\n${loan}`;
};

const before = stolenTicks();
const texts = [
  ...(isWanted('endpoints') ? [await exchangeText()] : []), ...(isWanted('policy') ? [policyText()] : []), ...(isWanted('vault') || isWanted('decisions') ? [await hubText()] : []),
];
const stolen = stolenShare(before, stolenTicks());
console.log(`${machineDescription()}${stolen === undefined ? '' : `; processor time that other machines took: ${rounded(stolen * 100, 1)} %`}\n${texts.join('')}`);
