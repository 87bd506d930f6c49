import type { AppendFigures } from './append-figures.js';
import type { ContestantName } from './contestants.js';
import type { ScenarioFigures, Summary, issuanceFigures } from './endpoint-figures.js';
import type { Proof, Round } from './endpoints.js';
import { table } from './figures.js';

export interface Figures {
  readonly machine: string;
  readonly date: string;
  readonly pinned: boolean;
  readonly readModels: boolean;
  /** Share of processor time that the host took away while this ran; undefined where that can't be known. */
  readonly stolen: number | undefined;
  readonly issuance?: ReturnType<typeof issuanceFigures>;
  readonly append?: AppendFigures;
  readonly scenarios: readonly ScenarioFigures[];
  readonly proofs: readonly Proof[];
  readonly rounds: readonly Round[];
}

export const SERVER_NAMES: Readonly<Record<ContestantName, string>> = { embedded: 'Mandate, embedded', eventstore: 'Mandate, EventStoreDB', bare: 'the least', peer: 'oidc-provider' };

const pair = ({ median, min }: Summary['p50Ms']): string => `${median.toFixed(2)} / ${min.toFixed(2)}`;
const row = (name: ContestantName, connections: number, s: Summary): string[] =>
  [SERVER_NAMES[name], String(connections), String(s.perSecond), String(s.perCpuSecond), `${s.cpuMicroseconds.median} / ${s.cpuMicroseconds.min}`,
    pair(s.p50Ms), pair(s.p99Ms), s.busy.toFixed(2), s.generatorBusy.toFixed(2), s.perCommit === 0 ? '' : s.perCommit.toFixed(1)];

const scenarioText = ({ name, says, beside, ratio, ratioPerCpuSecond, ratioWall, byConnections }: ScenarioFigures): string => `
${name}: ${says}.${beside === undefined ? '' : `\nBeside: ${beside}.`}

${table([
  ['', 'connections', 'per second', 'per CPU-second', 'CPU us each', 'p50 ms', 'p99 ms', 'server busy', 'generator busy', 'per commit'],
  ...byConnections.flatMap(({ connections, servers }) =>
    (Object.entries(servers) as [ContestantName, Summary][]).map(([server, summary]) => row(server, connections, summary))),
])}

  ratio ${ratio}   (by processor seconds ${ratioPerCpuSecond}, by wall time ${ratioWall})
`;

const appendText = ({ callers, eventBytes, eventsPerSecond, eventsPerCpuSecond, p50Ms, p99Ms, eventsPerCommit, appended, recorded }: AppendFigures): string => `
append: ${callers} callers, one TokenIssued event of ${eventBytes} bytes each time, every caller to a stream of its own; SQLite, synchronous=FULL.

  ${eventsPerSecond} events/s   (${eventsPerCpuSecond} per CPU-second)   p50 ${p50Ms} ms   p99 ${p99Ms} ms   ${eventsPerCommit} events per commit
  ${appended} acknowledged, ${recorded} found after the file was opened again.
`;

const proofText = ({ server, acknowledged, recorded }: Proof): string => {
  const types = (Object.keys(acknowledged) as (keyof typeof acknowledged)[]).filter((type) => acknowledged[type] > 0);
  return `  ${SERVER_NAMES[server]}: ${types.map((type) => `${type} ${acknowledged[type]} = ${recorded[type]}`).join(', ')}`;
};

/** For a person. */
export const asText = ({ machine, date, pinned, readModels, stolen, issuance, append, scenarios, proofs }: Figures): string => `
Over HTTP. Mandate answers after the event is on the disk; oidc-provider keeps everything in memory and records nothing.
Two figures with a stroke are the median of the rounds and their minimum.
${readModels ? 'Mandate feeds its read models (PGlite) meanwhile, in the same process.' : 'The read models of Mandate are closed: nothing that issues a token waits for them.'}
${scenarios.map(scenarioText).join('')}${issuance ? `
  A ratio is ${issuance.ratioIs}.
` : ''}${append ? appendText(append) : ''}
${proofs.length === 0 ? '' : `Acknowledged, and found in the ledger after the server was killed with SIGKILL:
${proofs.map(proofText).join('\n')}
`}
${date}. ${machine}.
${pinned ? 'The server (all its threads) had one processor, the generator another, and never slept' : 'Nothing was pinned to a processor, and the generator slept between answers'}. Closed loop, kept-alive connections, no TLS.
${stolen === undefined ? '' : `The host took away ${(stolen * 100).toFixed(1)} % of the processor time meanwhile.\n`}`;
