import { table } from '../bench/figures.js';
import { CelConditions } from '../src/platform/cel-conditions.js';
import { auditLedger } from '../test/support/audit-ledger.js';
import type { RaceNodes } from '../test/faults/race-nodes.js';
import { race, races } from '../test/faults/races.js';
import { RacingHubs } from '../test/faults/racing-hubs.js';
import { Progress } from './progress.js';
import { RunRecord } from './run-record.js';

export interface RaceOrder {
  readonly title: string;
  readonly rounds: number;
  /** How many at once. */
  readonly width: number;
  readonly nodes: RaceNodes;
}

/** So many rounds of each race over one ledger; gives what was promised and did not hold. The nodes are closed then. */
export const raceAgainAndAgain = async ({ title, rounds, width, nodes }: RaceOrder, enough: AbortSignal): Promise<readonly string[]> => {
  const record = new RunRecord();
  const names = Object.keys(races);
  const progress = new Progress(`raced on ${title}`, rounds * names.length);
  const hubs = await RacingHubs.start(nodes, width);
  let done = 0;
  for (let round = 0; round < rounds && !enough.aborted; round += 1) {
    for (const name of names) {
      const began = performance.now();
      await race(hubs, name).catch((error: unknown) => record.violated(`${name}, round ${round + 1}: ${(error as Error).message}`));
      record.measure(name, performance.now() - began);
      progress.at((done += 1), `${hubs.told.tokens.length} tokens, ${record.violations.length} violations`);
    }
    record.count('rounds');
  }
  for (const failure of await nodes.failures()) record.violated(`answered with 500: ${String((failure as Error).stack ?? failure)}`);
  const { violations, events } = await auditLedger(nodes.ledger, new CelConditions(), hubs.told);
  for (const { sentence } of violations) record.violated(sentence);
  await nodes.close();
  console.log(`\n${title}, ${width} at once\n${table([
    ['rounds of each', String(record.counted('rounds'))], ...names.map((name) => [name, record.spread(name)]), ['tokens, each looked for in the ledger', String(hubs.told.tokens.length)],
    ['events in the ledger', String(events)], ['violations', String(record.violations.length)],
  ])}`);
  return record.violations;
};
