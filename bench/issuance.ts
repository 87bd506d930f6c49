import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type JSONWebKeySet, createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { Child } from './child.js';
import { countEvents } from './count-events.js';
import type { LoadOrder, LoadResult } from './load-generator.js';
import type { MandateReady } from './mandate-server.js';
import { RESOURCE, type ServerReady, type ServerUse } from './measured-client.js';

export interface Round extends Omit<LoadResult, 'samples'> {
  readonly server: 'mandate' | 'peer';
  readonly connections: number;
  readonly cpuSeconds: number;
  readonly commits: number;
}
export interface IssuancePlan {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: readonly number[];
  readonly processors: readonly [server: number, generator: number] | undefined;
  /** Whether Mandate feeds its read models meanwhile, in the same process. */
  readonly readModels: boolean;
}
export interface IssuanceResult {
  readonly rounds: readonly Round[];
  /** Tokens that Mandate handed out, warm-up included, and TokenIssued events found after it was killed. */
  readonly handedOut: number;
  readonly recorded: number;
  readonly errors: number;
  readonly firstError: string | undefined;
}

/** Both servers run all the time and take turns under the same load, so that the machine's moods fall on both. */
export class IssuanceBench {
  private readonly rounds: Round[] = [];
  private readonly samples: string[] = [];
  private handedOut = 0;
  private errors = 0;
  private firstError: string | undefined;

  private constructor(
    private readonly plan: IssuancePlan,
    private readonly servers: Readonly<Record<Round['server'], { child: Child; ready: ServerReady }>>,
    private readonly generator: Child,
  ) {}

  static async run(plan: IssuancePlan, progress: (line: string) => void): Promise<IssuanceResult> {
    const [processor, other] = plan.processors ?? [];
    const mandate = await Child.start<MandateReady>('./mandate-server.js', processor, plan.readModels ? ['--read-models'] : []);
    const peer = await Child.start<ServerReady>('./peer-server.js', processor);
    const { child: generator } = await Child.start<string>('./load-generator.js', other);
    const bench = new IssuanceBench(plan, { mandate, peer }, generator);
    try {
      await bench.warmUp(progress);
      for (const connections of plan.connections)
        for (let round = 1; round <= plan.rounds; round += 1) {
          for (const server of ['mandate', 'peer'] as const) await bench.round(server, connections);
          progress(`issuance, ${connections} connections, round ${round} of ${plan.rounds}`);
        }
      // Killed, not closed: what was handed out has to stand in the file without any farewell.
      await mandate.child.kill('SIGKILL');
      return await bench.result(mandate.ready.directory);
    } finally {
      await Promise.all([mandate.child, peer.child, generator].map((child) => child.kill('SIGKILL')));
      rmSync(mandate.ready.directory, { recursive: true, force: true });
    }
  }

  /** Until the compilers have settled; and the proof that both servers give the same kind of token. */
  private async warmUp(progress: (line: string) => void): Promise<void> {
    for (const server of ['mandate', 'peer'] as const) {
      progress(`issuance, warming up ${server}`);
      const { samples } = await this.load(server, 64, this.plan.warmUpSeconds);
      if (this.firstError !== undefined) throw new Error(`There is nothing to measure: ${this.firstError}`);
      const { issuer, jwksPath } = this.servers[server].ready;
      const keys = createLocalJWKSet((await (await fetch(new URL(jwksPath, issuer))).json()) as JSONWebKeySet);
      for (const token of samples.slice(0, 8)) await jwtVerify(token, keys, { issuer, audience: RESOURCE.uri, typ: 'at+jwt', algorithms: ['ES256'] });
    }
  }

  private async round(server: Round['server'], connections: number): Promise<void> {
    const { child } = this.servers[server];
    const before = await child.ask<ServerUse>('use');
    const { samples: _, ...measured } = await this.load(server, connections, this.plan.seconds);
    const after = await child.ask<ServerUse>('use');
    this.rounds.push({
      server, connections, ...measured, cpuSeconds: after.cpuSeconds - before.cpuSeconds, commits: (after.commits ?? 0) - (before.commits ?? 0),
    });
  }

  private async load(name: Round['server'], connections: number, seconds: number): Promise<LoadResult> {
    const result = await this.generator.ask<LoadResult>({ server: this.servers[name].ready, connections, seconds } satisfies LoadOrder);
    this.errors += result.errors;
    this.firstError ??= result.firstError && `${name}: ${result.firstError}`;
    if (name === 'mandate') {
      this.handedOut += result.tokens;
      this.samples.push(...result.samples.filter((token) => token !== undefined));
    }
    return result;
  }

  private async result(directory: string): Promise<IssuanceResult> {
    const lost = new Set(this.samples.map((token) => decodeJwt(token).jti));
    const recorded = await countEvents(join(directory, 'ledger.db'), 'TokenIssued', ({ data }) => void lost.delete((data as { jti: string }).jti));
    if (lost.size > 0) throw new Error(`${lost.size} tokens were handed out that do not stand in the ledger`);
    const { rounds, handedOut, errors, firstError } = this;
    return { rounds, handedOut, recorded, errors, firstError };
  }
}
