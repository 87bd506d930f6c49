import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../child.js';
import { median } from '../figures.js';
import { Generator } from '../load/generator.js';
import type { Progress } from '../progress.js';
import { secretOf } from '../seed/population.js';
import type { Seeded } from '../seed/seed-process.js';
import type { MandateReady } from '../servers/mandate-server.js';
import { type Caller, type ServerReady, type ServerUse, basicAuthorization } from '../servers/server-ready.js';
import { type Issuing, type Memory, type SizeFigures, issuingFigures, readingFigures, rebuildingFigures } from './growth-figures.js';
import { readHistories } from './histories.js';
import { residentMegabytes } from '../servers/memory.js';
import type { ReadResult } from './read-process.js';
import type { RebuildOrder, RebuildResult } from './rebuild-process.js';
import { RunningHub, type StartTimes } from '../servers/running-hub.js';

export interface Place {
  readonly directory: string;
  readonly port: number;
  readonly processors: readonly [server: number, generator: number] | undefined;
  readonly databaseUrl: string | undefined;
  readonly seconds: number;
}
/** Calls of `step` for one size, at most. */
export const STEPS_EACH = 9;

const CONNECTIONS = 64;
/** So few that a first token's time is its own and not that of a queue. */
const STRANGERS_AT_ONCE = 4;
const ROUNDS = 5;
const STARTS = 3;

const callerOf = (agentId: string): Caller => ({ clientId: agentId, authorization: basicAuthorization(agentId, secretOf(agentId)), cookie: '' });

/** Everything that is measured at one size of the ledger. Nobody else has the directory open meanwhile. */
export const measureSize = async (place: Place, seeded: Seeded, progress: Progress): Promise<Omit<SizeFigures, 'seededPerSecond'>> => {
  const { directory, databaseUrl } = place;
  const size = `${seeded.events.toLocaleString('en')} events`;
  const events = seeded.events;
  const ledgerMegabytes = Math.round(statSync(join(directory, 'ledger.db')).size / 2 ** 20);
  progress.step(`${size}, reading the whole ledger`);
  const read = readingFigures(await once<ReadResult>('./growth/read-process.js', directory));
  progress.step(`${size}, issuing`);
  const issuing = await issue(place, seeded);
  progress.step(`${size}, starting without read models`);
  rmSync(join(directory, 'read-models'), { recursive: true, force: true });
  const bare = await startOnce(place);
  progress.step(`${size}, building read models in PGlite`);
  const pglite = rebuildingFigures(await once<RebuildResult>('./growth/rebuild-process.js', { directory, databaseUrl: undefined } satisfies RebuildOrder));
  if (databaseUrl !== undefined) progress.step(`${size}, building read models in PostgreSQL`);
  const postgresql = databaseUrl === undefined ? undefined
    : rebuildingFigures(await once<RebuildResult>('./growth/rebuild-process.js', { directory, databaseUrl } satisfies RebuildOrder));
  progress.step(`${size}, starting`);
  const starts: StartTimes[] = [];
  while (starts.length < STARTS) starts.push(await startOnce(place));
  const built = { listening: median(starts.map(({ listening }) => listening)), firstToken: median(starts.map(({ firstToken }) => firstToken)) };
  progress.step(`${size}, histories`);
  const history = await historiesOf(place, seeded);
  progress.step(`${size}, memory under load`);
  const memory = await memoryOf(place, seeded);
  progress.step(`${size}, memory under load as in the image`);
  const memoryOfImage = await memoryOf(place, seeded, IMAGE);
  return {
    events, ledgerMegabytes, read, ...issuing, start: { bare, built }, rebuild: { pglite, ...(postgresql ? { postgresql } : {}) }, memory, memoryOfImage, ...(history ? { history } : {}),
  };
};

const once = async <T>(module: string, order: unknown): Promise<T> => {
  const { child } = await Child.start<string>(module, undefined);
  try {
    return await child.ask<T>(order);
  } finally {
    await child.kill();
  }
};

const startOnce = async ({ directory, port }: Place): Promise<StartTimes> => {
  const { hub, times } = await RunningHub.start(directory, port);
  await hub.stop('SIGKILL');
  return times;
};

const issue = async ({ directory, port, processors, seconds }: Place, { agents }: Seeded): Promise<{ issuance: Issuing & { perCpuSecond: number }; firstToken: Issuing }> => {
  const [processor, other] = processors ?? [];
  const { child, ready: server } = await Child.start<MandateReady>('./servers/mandate-server.js', processor, ['--directory', directory, '--port', String(port)]);
  const generator = await Generator.start(other);
  const spin = processors !== undefined;
  try {
    await generator.run({ scenario: 'client_credentials', server, connections: CONNECTIONS, seconds }, { seconds: 2, spin });
    const rounds: (Issuing & { perCpuSecond: number })[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await generator.prepare({ scenario: 'client_credentials', server, connections: CONNECTIONS, seconds });
      const before = await child.ask<ServerUse>('use');
      const result = await generator.measure({ seconds, spin });
      const after = await child.ask<ServerUse>('use');
      rounds.push({ ...issuingFigures(result), perCpuSecond: Math.round(result.done / (after.cpuSeconds - before.cpuSeconds)) });
    }
    const strangers = agents.map(callerOf);
    const first = await generator.run({ scenario: 'first_token', server, connections: STRANGERS_AT_ONCE, seconds, strangers }, { seconds: 10, spin });
    const middle = (figure: (round: (typeof rounds)[number]) => number): number => median(rounds.map(figure));
    return {
      issuance: { perSecond: middle((r) => r.perSecond), perCpuSecond: middle((r) => r.perCpuSecond), p50Ms: middle((r) => r.p50Ms), p99Ms: middle((r) => r.p99Ms) },
      firstToken: issuingFigures(first),
    };
  } finally {
    await Promise.all([generator.close(), child.kill('SIGTERM')]);
  }
};

/** Over the API of the hub as `npm start` runs it, read models followed. */
const historiesOf = async ({ directory, port }: Place, { quiet, busy, now }: Seeded): Promise<SizeFigures['history']> => {
  if (quiet === undefined || busy === undefined) return undefined;
  const { hub } = await RunningHub.start(directory, port);
  try {
    return { quiet: await readHistories(hub, quiet, now), busy: await readHistories(hub, busy, now) };
  } finally {
    await hub.stop();
  }
};

/** Of the Dockerfile's variables the one that memory depends on. */
const IMAGE = { MALLOC_TRIM_THRESHOLD_: '131072' };

/** Of the same hub, which has done nothing before. */
const memoryOf = async (place: Place, { agents }: Seeded, environment = {}): Promise<Memory> => {
  const { hub } = await RunningHub.start(place.directory, place.port, environment);
  try {
    return await memoryUnderLoad(hub, place, agents);
  } finally {
    await hub.stop();
  }
};

const memoryUnderLoad = async (hub: RunningHub, { port, seconds, processors }: Place, agents: readonly string[]): Promise<Memory> => {
  const idle = residentMegabytes(hub.pid).now;
  const server: ServerReady = {
    port, issuer: hub.url, callers: agents.slice(0, 1_000).map(callerOf), lookUp: { resource: '', authorization: '' },
    paths: { token: '/token', authorize: '/authorize', introspect: '/introspect', revoke: '/revoke', jwks: '/jwks' },
  };
  const generator = await Generator.start(processors?.[1]);
  let underLoad = 0;
  const watch = setInterval(() => (underLoad = Math.max(underLoad, residentMegabytes(hub.pid).now)), 100);
  try {
    await generator.run({ scenario: 'client_credentials', server, connections: CONNECTIONS, seconds }, { seconds: 10 * seconds, spin: false });
    return { idle, underLoad };
  } finally {
    clearInterval(watch);
    await generator.close();
  }
};
