import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sourcesUnder } from '../architecture/repository.js';
import type { Downstream } from '../support/downstream.js';
import type { Hold } from '../support/hub-process/messages.js';
import { adminCrashes } from './admin-crashes.js';
import { approvalCrashes } from './approval-crashes.js';
import { connectService, connectionCrashes } from './connection-crashes.js';
import type { CrashRow, Prepared } from './crash-row.js';
import { CrashWorld, NOW } from './crash-world.js';
import { factorCrashes } from './factor-crashes.js';
import { closeProviders, federationCrashes } from './federation-crashes.js';
import { oauthCrashes } from './oauth-crashes.js';
import { vaultCrashes } from './vault-crashes.js';

const table: Readonly<Record<string, CrashRow>> = { ...oauthCrashes, ...adminCrashes, ...approvalCrashes, ...connectionCrashes, ...factorCrashes, ...federationCrashes, ...vaultCrashes };
const rows = Object.entries(table);
/** Before anything listens, or on a hub that was restored: these die in suites of their own. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  FirstStart: 'first-start-crash.spec.ts', RecordRestore: 'restore-crash.spec.ts', ReplaceSigningKeys: 'restore-crash.spec.ts', EndQuarantine: 'restore-crash.spec.ts',
};

interface Death {
  readonly name: string;
  readonly row: CrashRow;
  readonly at: Hold;
}
const deaths: readonly Death[] = rows.flatMap(([name, row]) =>
  Array.from({ length: row.appends }, (_, n) => n + 1).flatMap((append) => (['before', 'after'] as const).map((when) => ({ name, row, at: { append, when } }))));
const durableAt = ({ append, when }: Hold): number => (when === 'before' ? append - 1 : append);

/** One kill stops many requests, each at its own place. */
const waves: Death[][] = [];
for (const death of deaths) {
  const { queue } = death.row;
  const free = waves.find((wave) => queue === undefined || wave.every(({ row }) => row.queue !== queue));
  if (free) free.push(death);
  else waves.push([death]);
}

/** What each kill is. From inside (F-25) a process dies as well, and what was under way obeys the same promises. */
const KILLED = ['of kill -9', undefined, undefined] as const;
const ends = [KILLED, ['of a mistake in its code', 'mistake', 1], ['of a full heap', 'memory', 'SIGABRT']] as const;

describe('a hub that is killed', () => {
  const world = new CrashWorld({ now: NOW, megabytes: 300 });
  let service: Downstream;
  beforeAll(async () => {
    await world.start();
    await world.settle();
    service = await connectService(world);
  }, 60_000);
  afterAll(async () => {
    await service?.close();
    await closeProviders();
    await world.close();
  });

  const prepare = async (row: CrashRow): Promise<Prepared> => {
    const made = await row.prepare(world);
    return typeof made === 'function' ? { act: made } : made;
  };
  /** Restarts, lets every client try again, and compares what they see with what was promised. */
  const goOn = async (tried: readonly { readonly name: string; readonly prepared: Prepared; readonly sees: string }[]): Promise<void> => {
    await world.hub.kill();
    await world.start();
    const seen: [string, string][] = [];
    for (const { name, prepared } of tried) seen.push([name, await (prepared.again ?? prepared.act)()]);
    expect(seen).toEqual(tried.map(({ name, sees }) => [name, sees]));
    expect((await world.hub.ask({ kind: 'audit', acknowledged: world.told })).violations).toEqual([]);
    expect(await world.hub.ask({ kind: 'failures' })).toEqual([]);
  };

  it('dies in every command there is, but for those that die in suites of their own, each of which names them', () => {
    const commands = sourcesUnder('src/commands').flatMap(({ text }) => [...text.matchAll(/class (\w+) extends Command</g)].map(([, name]) => name!));
    // One may have several rows: "AskPerson …".
    const tried = new Set(rows.map(([name]) => name.split(' ')[0]!));
    expect([...tried, ...Object.keys(ELSEWHERE)].sort()).toEqual(commands.sort());
    const suites = sourcesUnder('test/faults');
    for (const [name, suite] of Object.entries(ELSEWHERE)) expect([name, suites.find(({ path }) => path.endsWith(suite))?.text.includes(name)]).toEqual([name, true]);
    expect(commands.length).toBeGreaterThan(20);
  });

  it.each(waves.map((wave, n) => [n + 1, wave.length, ...(ends[n] ?? KILLED), wave] as const))(
    'before and after each append of each command (death %i, at %i places, %s): loses nothing, does nothing twice, and every client can go on', async (_, __, ___, fault, code, wave) => {
      const prepared: Prepared[] = [];
      for (const { row } of wave) prepared.push(await prepare(row));
      for (const [n, { name, at }] of wave.entries()) {
        await world.hub.hold(at);
        await world.hub.held(prepared[n]!.act()).catch((error: Error) => expect(`${name} ${at.when} append ${at.append}: ${error.message}`).toBe('held'));
      }
      if (fault !== undefined) expect(await world.hub.dieOf(fault)).toBe(code);
      await goOn(wave.map(({ name, row, at }, n) => ({ name: `${name} ${at.when} append ${at.append}`, prepared: prepared[n]!, sees: row.sees(durableAt(at), at.when) })));
    }, 300_000);

  it('after the answer: has everything that it told its clients', async () => {
    const tried: { name: string; prepared: Prepared; sees: string }[] = [];
    for (const [name, row] of rows) {
      const prepared = await prepare(row);
      await world.hub.hold(undefined);
      await prepared.act();
      expect([name, await world.hub.ask({ kind: 'appends' })]).toEqual([name, row.appends === 0 ? [] : [row.appends]]);
      tried.push({ name, prepared, sees: row.sees('answered') });
    }
    expect(Object.values(world.told).every((list) => list.length > 0)).toBe(true);
    await goOn(tried);
  }, 300_000);
});
