import { setTimeout as sleep } from 'node:timers/promises';
import { table } from '../bench/figures.js';
import { CrashWorld } from '../test/faults/crash-world.js';
import { directoryAtWork, registryAtWork } from './administrators-at-work.js';
import { type Scene, type Worker, applicationAtWork, consentOnce, serviceAtWork } from './agents-at-work.js';
import { Client } from './client.js';
import { Gate } from './gate.js';
import { Progress, minutes } from './progress.js';
import { Random } from './random.js';
import { RunRecord } from './run-record.js';

export interface KillOrder {
  readonly kills: number;
  readonly seed: number;
  readonly eventStoreUrl?: string;
  /** Ends the run early; what it found by then is reported. */
  readonly enough?: AbortSignal;
}

const SERVICES = 6;
const APPLICATIONS = 6;
/** A hub dies after so many answers at most, or milliseconds. */
const [MOST_ANSWERS, LONGEST_LIFE] = [150, 2_000];
const AUDITED_EVERY = 100;

/** Kills a hub under load again and again; gives what was promised and did not hold. */
export const killAgainAndAgain = async ({ kills, seed, eventStoreUrl, enough }: KillOrder): Promise<readonly string[]> => {
  const record = new RunRecord();
  const random = new Random(seed);
  const gate = new Gate();
  const world = new CrashWorld(eventStoreUrl === undefined ? {} : { eventStoreUrl });
  const progress = new Progress('killed', kills);
  const began = performance.now();
  try {
    await world.start();
    await world.settle();
    for (let done = 0; done < kills && !enough?.aborted;) {
      const until = Math.min(kills, done + AUDITED_EVERY);
      const stop = await startLoad({ world, client: new Client(gate, record), random, record });
      for (; done < until && !enough?.aborted; done += 1) {
        await live(record, random);
        gate.close();
        await world.hub.kill();
        await world.start();
        record.count('kills');
        record.measure('start', world.hub.ready!.milliseconds);
        record.measure('loading', world.hub.loading);
        gate.reopen();
        progress.at(done + 1, `${world.told.tokens.length} tokens, ${record.counted('in doubt')} in doubt, ${record.violations.length} violations`);
      }
      await stop();
      await audit(world, record);
      if (record.violations.length > 0) break;
    }
    report(world, record, { seed, took: performance.now() - began });
    return record.violations;
  } finally {
    await world.close();
  }
};

/** Until it is time to die: in the middle of whatever goes on then. */
const live = async (record: RunRecord, random: Random): Promise<void> => {
  const enough = record.counted('answered') + random.between(0, MOST_ANSWERS);
  const latest = performance.now() + LONGEST_LIFE;
  while (record.counted('answered') < enough && performance.now() < latest) await sleep(2);
  await sleep(random.between(0, 8));
};

const startLoad = async (scene: Scene): Promise<() => Promise<void>> => {
  const { world, client } = scene;
  // The last one may have run out meanwhile.
  await world.authorize();
  const services: Worker[] = [];
  for (let n = 0; n < SERVICES; n += 1) services.push(await world.service());
  const applications: string[] = [];
  for (let n = 0; n < APPLICATIONS; n += 1) applications.push(await world.publicClient());
  for (const clientId of applications) await consentOnce(world, clientId);
  const work = [
    ...services.map(() => serviceAtWork(scene, services)), ...applications.map((clientId) => applicationAtWork(scene, clientId)),
    directoryAtWork(scene, services), registryAtWork(scene),
  ];
  return async () => {
    client.stopped = true;
    await Promise.all(work);
  };
};

const audit = async (world: CrashWorld, record: RunRecord): Promise<void> => {
  const { violations, violationsInAll, events } = await world.hub.ask({ kind: 'audit', acknowledged: world.told });
  for (const { sentence } of violations) record.violated(sentence);
  record.count('events', events - record.counted('events'));
  if (violationsInAll > violations.length) record.violated(`and ${violationsInAll - violations.length} more`);
};

const report = ({ told }: CrashWorld, record: RunRecord, { seed, took }: { readonly seed: number; readonly took: number }): void => {
  const rows = [
    ['kills', String(record.counted('kills'))],
    ['answered', String(record.counted('answered'))],
    ['of them acknowledged and looked for in the ledger', `${told.tokens.length} tokens, ${told.codes.length} codes, ${told.refreshTokens.length} refresh tokens, ${told.changes.length} changes`],
    ['in doubt: the hub died over them', String(record.counted('in doubt'))],
    ['refused to come at all', String(record.counted('never sent'))],
    ['503 with Retry-After', String(record.counted('unavailable'))],
    ['refreshed again after a crash, same successor', String(record.counted('refreshed again, same successor'))],
    ['sessions that ended since the hub was away for longer than the grace', String(record.counted('sessions ended after the grace'))],
    ['codes spent without an answer', String(record.counted('codes spent without an answer'))],
    ['suspensions, revocations, registrations', `${record.counted('suspensions')}, ${record.counted('revocations')}, ${record.counted('registrations')}`],
    ['events in the ledger', String(record.counted('events'))],
    ['stores opened until it listens', record.spread('start')],
    ['code loaded before that', record.spread('loading')],
    ['took', minutes(took)],
    ['seed', String(seed)],
    ['violations', String(record.violations.length)],
  ];
  console.log(`\n${table(rows)}`);
};
