import { type JSONWebKeySet, createLocalJWKSet, jwtVerify } from 'jose';
import { Contestant, type ContestantName } from './contestants.js';
import { Generator } from './load/generator.js';
import type { LoadResult } from './load/load-generator.js';
import type { ScenarioName } from './load/scenarios.js';
import type { Acknowledged } from './load/worker.js';
import { stolenShare, stolenTicks } from './machine.js';
import type { Progress } from './progress.js';
import { RESOURCE } from './servers/server-ready.js';

export interface Round extends Omit<LoadResult, 'samples' | 'acknowledged' | 'firstError' | 'errors'> {
  readonly scenario: ScenarioName;
  readonly server: ContestantName;
  readonly connections: number;
  readonly cpuSeconds: number;
  readonly commits: number;
  /** Share of the machine's time that its host gave to others meanwhile. */
  readonly stolen: number | undefined;
}
export interface EndpointPlan {
  readonly scenarios: readonly ScenarioName[];
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly processors: readonly [server: number, generator: number] | undefined;
  /** Whether Mandate feeds its read models meanwhile, in the same process. */
  readonly readModels: boolean;
  readonly eventStoreUrl: string | undefined;
}
/** What was acknowledged by a server, and what stood in its ledger after it was killed. */
export interface Proof {
  readonly server: ContestantName;
  readonly acknowledged: Acknowledged;
  readonly recorded: Acknowledged;
}
export interface EndpointResult {
  readonly rounds: readonly Round[];
  readonly proofs: readonly Proof[];
}

/** What the goal is set in; the only one that the bare server knows. */
const ISSUANCE: ScenarioName = 'client_credentials';

/** All servers run all the time and take short turns under the same load, so that the machine's moods fall on all. */
export class EndpointBench {
  private readonly rounds: Round[] = [];

  private constructor(
    private readonly plan: EndpointPlan,
    private readonly contestants: readonly Contestant[],
    private readonly generator: Generator,
    private readonly progress: Progress,
  ) {}

  /** Throws at the first answer that is not what it should be: a figure beside errors would not be worth printing. */
  static async run(plan: EndpointPlan, progress: Progress): Promise<EndpointResult> {
    const [processor, other] = plan.processors ?? [];
    const names: readonly ContestantName[] = ['embedded', ...(plan.eventStoreUrl === undefined ? [] : ['eventstore' as const]), ...(plan.scenarios.includes(ISSUANCE) ? ['bare' as const] : []), 'peer'];
    const contestants: Contestant[] = [];
    const generator = await Generator.start(other);
    try {
      for (const name of names) contestants.push(await Contestant.start(name, { ...plan, processor }));
      const bench = new EndpointBench(plan, contestants, generator, progress);
      for (const scenario of plan.scenarios) await bench.scenario(scenario);
      return { rounds: bench.rounds, proofs: await bench.proofs() };
    } finally {
      await Promise.all([generator.close(), ...contestants.map((contestant) => contestant.remove())]);
    }
  }

  private async scenario(scenario: ScenarioName): Promise<void> {
    const { connections, rounds, warmUpSeconds } = this.plan;
    const contestants = this.contestants.filter(({ name }) => name !== 'bare' || scenario === ISSUANCE);
    for (const contestant of contestants) {
      this.progress.step(`${scenario}, warming up ${contestant.name}`);
      await this.load(contestant, scenario, 64, warmUpSeconds);
      if (scenario === ISSUANCE) await checkTokens(contestant);
    }
    for (const count of connections)
      for (let round = 1; round <= rounds; round += 1)
        for (const contestant of contestants) {
          this.progress.step(`${scenario}, ${count} connections, round ${round} of ${rounds}, ${contestant.name}`);
          this.rounds.push(await this.round(contestant, scenario, count));
        }
  }

  private async round(contestant: Contestant, scenario: ScenarioName, connections: number): Promise<Round> {
    const { samples: _, acknowledged: __, errors: ___, firstError: ____, ...measured } = await this.load(contestant, scenario, connections, this.plan.seconds);
    return { scenario, server: contestant.name, connections, ...measured };
  }

  private async load(contestant: Contestant, scenario: ScenarioName, connections: number, seconds: number): Promise<LoadResult & Pick<Round, 'cpuSeconds' | 'commits' | 'stolen'>> {
    const spin = this.plan.processors !== undefined && contestant.isAlone;
    await this.generator.prepare({ scenario, server: contestant.ready, connections, seconds });
    const before = await contestant.use();
    const ticks = stolenTicks();
    const result = await this.generator.measure({ seconds, spin }).catch((error: Error) => {
      throw new Error(`${contestant.name}, ${scenario}: ${error.message}`);
    });
    const stolen = stolenShare(ticks, stolenTicks());
    const after = await contestant.use();
    contestant.took(result.acknowledged, result.samples);
    return { ...result, cpuSeconds: after.cpuSeconds - before.cpuSeconds, commits: (after.commits ?? 0) - (before.commits ?? 0), stolen };
  }

  private async proofs(): Promise<readonly Proof[]> {
    const proofs: Proof[] = [];
    for (const contestant of this.contestants) {
      const { name: server, acknowledged } = contestant;
      const recorded = await contestant.recorded();
      if (!recorded) continue;
      for (const type of Object.keys(acknowledged) as (keyof Acknowledged)[])
        if (acknowledged[type] !== recorded[type]) throw new Error(`${server} acknowledged ${acknowledged[type]} ${type}, and ${recorded[type]} stand in its ledger`);
      proofs.push({ server, acknowledged, recorded });
    }
    return proofs;
  }
}

/** All give the same kind of token. */
const checkTokens = async ({ name, ready: { issuer, paths, port }, samples }: Contestant): Promise<void> => {
  const keys = createLocalJWKSet((await (await fetch(`http://localhost:${port}${paths.jwks}`)).json()) as JSONWebKeySet);
  if (samples.length === 0) throw new Error(`${name} gave no tokens`);
  for (const token of samples.slice(0, 8)) await jwtVerify(token, keys, { issuer, audience: RESOURCE.uri, typ: 'at+jwt', algorithms: ['ES256'] });
};
