import type { AppendResult } from './append-process.js';
import { median, rounded, table } from './figures.js';
import type { IssuanceResult, Round } from './issuance.js';

const perCpuSecond = ({ tokens, cpuSeconds }: Round): number => tokens / cpuSeconds;
const perSecond = ({ tokens, seconds }: Round): number => tokens / seconds;

/** Medians over the rounds of one server at one number of connections. */
const summary = (rounds: readonly Round[]) => ({
  rps: Math.round(median(rounds.map(perSecond))),
  rpsPerCpuSecond: Math.round(median(rounds.map(perCpuSecond))),
  p50Ms: rounded(median(rounds.map(({ p50 }) => p50))),
  p99Ms: rounded(median(rounds.map(({ p99 }) => p99))),
  busy: rounded(median(rounds.map(({ cpuSeconds, seconds }) => cpuSeconds / seconds))),
  generatorBusy: rounded(median(rounds.map(({ generatorLoad }) => generatorLoad))),
  tokensPerCommit: rounded(median(rounds.map(({ tokens, commits }) => (commits === 0 ? 0 : tokens / commits))), 1),
});

/** Round n of one server is set against round n of the other, which ran right after it. */
const ratioOf = (rounds: readonly Round[], figure: (round: Round) => number): number => {
  const peers = rounds.filter(({ server }) => server === 'peer');
  return rounded(median(rounds.filter(({ server }) => server === 'mandate').map((round, n) => figure(round) / figure(peers[n]!))));
};

const figuresAt = (rounds: readonly Round[]) => ({
  ratioPerCpuSecond: ratioOf(rounds, perCpuSecond),
  ratioWall: ratioOf(rounds, perSecond),
  mandate: summary(rounds.filter(({ server }) => server === 'mandate')),
  peer: summary(rounds.filter(({ server }) => server === 'peer')),
});

export const RATIO_IS = 'the smaller of ratioPerCpuSecond and ratioWall: processor seconds are robust against other work on the machine but would '
  + 'forgive waiting for the disk, wall time forgives nothing but is noisy; so neither noise nor waiting can flatter it';

/** Throws when anything went wrong: a figure beside errors would not be worth printing. */
export const issuanceFigures = ({ rounds, handedOut, recorded, errors, firstError }: IssuanceResult) => {
  if (errors > 0) throw new Error(`${errors} requests were not answered with a token, so there is no ratio. The first: ${firstError}`);
  if (recorded !== handedOut) throw new Error(`${handedOut} tokens were handed out, ${recorded} stand in the ledger`);
  const all = figuresAt(rounds);
  const connections = [...new Set(rounds.map((round) => round.connections))];
  return {
    ratio: Math.min(all.ratioPerCpuSecond, all.ratioWall), ratioIs: RATIO_IS,
    ratioPerCpuSecond: all.ratioPerCpuSecond, ratioWall: all.ratioWall, errors, handedOut, recorded,
    byConnections: connections.map((count) => ({ connections: count, ...figuresAt(rounds.filter((round) => round.connections === count)) })),
    rounds: rounds.map(({ firstError: _, ...round }) => round),
  };
};

export const appendFigures = (results: readonly AppendResult[], callers: number) => {
  for (const { appended, recorded } of results) if (appended !== recorded) throw new Error(`${appended} events were acknowledged, ${recorded} stand in the ledger`);
  return {
    eventsPerSecond: Math.round(median(results.map(({ appended, seconds }) => appended / seconds))),
    eventsPerCpuSecond: Math.round(median(results.map(({ appended, cpuSeconds }) => appended / cpuSeconds))),
    p50Ms: rounded(median(results.map(({ p50 }) => p50))), p99Ms: rounded(median(results.map(({ p99 }) => p99))),
    callers, eventBytes: results[0]!.eventBytes, eventsPerCommit: rounded(median(results.map(({ appended, commits }) => appended / commits)), 1),
    appended: results.reduce((sum, { appended }) => sum + appended, 0), recorded: results.reduce((sum, { recorded }) => sum + recorded, 0), rounds: results,
  };
};

export interface Figures {
  readonly machine: string;
  readonly date: string;
  readonly pinned: boolean;
  readonly readModels: boolean;
  /** Share of processor time that the host took away while this ran; undefined where that can't be known. */
  readonly stolen: number | undefined;
  readonly issuance: ReturnType<typeof issuanceFigures>;
  readonly append: ReturnType<typeof appendFigures>;
}

const serverRow = (name: string, connections: number, s: ReturnType<typeof summary>): string[] =>
  [name, String(connections), String(s.rps), String(s.rpsPerCpuSecond), s.p50Ms.toFixed(1), s.p99Ms.toFixed(1), s.busy.toFixed(2), s.generatorBusy.toFixed(2)];

/** For a person. */
export const asText = ({ machine, date, pinned, readModels, stolen, issuance, append }: Figures): string => `
Issuance: client_credentials to an ES256 access token (RFC 9068), over HTTP. Mandate answers after the event is on the disk;
oidc-provider keeps everything in memory and records nothing. Medians of the rounds.
${readModels ? 'Mandate feeds its read models (PGlite) meanwhile, in the same process.' : 'The read models of Mandate are closed: nothing that issues a token waits for them.'}

${table([
  ['', 'connections', 'tokens/s', 'per CPU-second', 'p50 ms', 'p99 ms', 'server busy', 'generator busy'],
  ...issuance.byConnections.flatMap(({ connections, mandate, peer }) =>
    [serverRow('Mandate', connections, mandate), serverRow('oidc-provider', connections, peer)]),
])}

  ratio ${issuance.ratio}   (by processor seconds ${issuance.ratioPerCpuSecond}, by wall time ${issuance.ratioWall})
  ratio is ${issuance.ratioIs}.
  ${issuance.handedOut} tokens handed out, warm-up included; the server was killed with SIGKILL, and ${issuance.recorded} TokenIssued events stand in its ledger.
  Tokens per commit: ${issuance.byConnections.map(({ connections, mandate }) => `${mandate.tokensPerCommit} (${connections} connections)`).join(', ')}.

Append: ${append.callers} callers, one TokenIssued event of ${append.eventBytes} bytes each time, every caller to a stream of its own; SQLite, synchronous=FULL.

  ${append.eventsPerSecond} events/s   (${append.eventsPerCpuSecond} per CPU-second)   p50 ${append.p50Ms} ms   p99 ${append.p99Ms} ms   ${append.eventsPerCommit} events per commit
  ${append.appended} acknowledged, ${append.recorded} found after the file was opened again.

${date}. ${machine}.
${pinned ? 'The server (all its threads) had one processor, the generator another' : 'Nothing was pinned to a processor'}. Closed loop, kept-alive connections, no TLS.
${stolen === undefined ? '' : `The host took away ${(stolen * 100).toFixed(1)} % of the processor time meanwhile.\n`}`;
