import type { ContestantName } from './contestants.js';
import type { EndpointResult, Round } from './endpoints.js';
import { median, rounded } from './figures.js';
import { type Scenario, type ScenarioName, scenarios } from './load/scenarios.js';

const perCpuSecond = ({ done, cpuSeconds }: Round): number => done / cpuSeconds;
const perSecond = ({ done, seconds }: Round): number => done / seconds;
const cpuMicroseconds = ({ done, cpuSeconds }: Round): number => (cpuSeconds * 1e6) / done;

/** The median says how it was, the minimum how it is when nothing disturbs. */
const spread = (rounds: readonly Round[], figure: (round: Round) => number, digits: number) => {
  const values = rounds.map(figure);
  return { median: rounded(median(values), digits), min: rounded(Math.min(...values), digits) };
};

export type Summary = ReturnType<typeof summary>;
/** Over the rounds of one server at one number of connections. */
const summary = (rounds: readonly Round[]) => ({
  perSecond: Math.round(median(rounds.map(perSecond))),
  perCpuSecond: Math.round(median(rounds.map(perCpuSecond))),
  cpuMicroseconds: spread(rounds, cpuMicroseconds, 1),
  p50Ms: spread(rounds, ({ p50 }) => p50, 2),
  p99Ms: spread(rounds, ({ p99 }) => p99, 2),
  busy: rounded(median(rounds.map(({ cpuSeconds, seconds }) => cpuSeconds / seconds))),
  generatorBusy: rounded(median(rounds.map(({ generatorBusy }) => generatorBusy))),
  perCommit: rounded(median(rounds.map(({ done, commits }) => (commits === 0 ? 0 : done / commits))), 1),
});

/** Round n of the one is set against round n of the other, which ran right after it. */
const ratioOf = (rounds: readonly Round[], figure: (round: Round) => number): number => {
  const peers = rounds.filter(({ server }) => server === 'peer');
  return rounded(median(rounds.filter(({ server }) => server === 'embedded').map((round, n) => figure(round) / figure(peers[n]!))));
};

const figuresAt = (rounds: readonly Round[]) => {
  const names = [...new Set(rounds.map(({ server }) => server))];
  return {
    ratioPerCpuSecond: ratioOf(rounds, perCpuSecond),
    ratioWall: ratioOf(rounds, perSecond),
    servers: Object.fromEntries(names.map((name) => [name, summary(rounds.filter(({ server }) => server === name))])) as Partial<Record<ContestantName, Summary>>,
  };
};

/** Below this a server waits for its disk or its caller most of the time: that is a latency, and no measure of its work. */
const LEAST_LOAD = 16;
export const RATIO_IS = `of the rounds with ${LEAST_LOAD} connections and more (all, where there are none), the smaller of ratioPerCpuSecond and ratioWall: `
  + 'processor seconds are robust against other work on the machine but would forgive waiting for the disk, wall time forgives nothing but is noisy; '
  + 'so neither noise nor waiting can flatter it';

export type ScenarioFigures = ReturnType<typeof scenarioFigures>[number];
export const scenarioFigures = ({ rounds }: EndpointResult) =>
  [...new Set(rounds.map(({ scenario }) => scenario))].map((name) => {
    const mine = rounds.filter(({ scenario }) => scenario === name);
    const loaded = mine.filter(({ connections }) => connections >= LEAST_LOAD);
    const { ratioPerCpuSecond, ratioWall } = figuresAt(loaded.length > 0 ? loaded : mine);
    const { says, beside }: Scenario = scenarios[name];
    return {
      name, says, ...(beside === undefined ? {} : { beside }), ratio: Math.min(ratioPerCpuSecond, ratioWall), ratioPerCpuSecond, ratioWall,
      byConnections: [...new Set(mine.map(({ connections }) => connections))].map((connections) => ({
        connections, ...figuresAt(mine.filter((round) => round.connections === connections)),
      })),
    };
  });

/** What the goal is set in: client_credentials on the embedded ledger; undefined when it was not measured. */
export const issuanceFigures = (result: EndpointResult) => {
  const name: ScenarioName = 'client_credentials';
  const figures = scenarioFigures(result).find((scenario) => scenario.name === name);
  if (!figures) return undefined;
  const proof = result.proofs.find(({ server }) => server === 'embedded')!;
  const { ratio, ratioPerCpuSecond, ratioWall } = figures;
  return { ratio, ratioIs: RATIO_IS, ratioPerCpuSecond, ratioWall, errors: 0, handedOut: proof.acknowledged.TokenIssued, recorded: proof.recorded.TokenIssued };
};
