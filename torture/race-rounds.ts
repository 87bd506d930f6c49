import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../bench/figures.js';
import { CelConditions } from '../src/platform/cel-conditions.js';
import { SqliteLedger } from '../src/platform/ledger/sqlite-ledger.js';
import { auditLedger } from '../src/projections/ledger-audit.queries.js';
import { RacingHubs, races } from '../test/faults/races.js';
import { TestClock } from '../test/support/test-clock.js';
import { Progress } from './progress.js';
import { RunRecord } from './run-record.js';

/** So many rounds of each race over one ledger, `width` at once; gives what was promised and did not hold. */
export const raceAgainAndAgain = async ({ rounds, width, nodes }: { readonly rounds: number; readonly width: number; readonly nodes: 1 | 2 }, enough: AbortSignal): Promise<readonly string[]> => {
  const record = new RunRecord();
  const names = Object.keys(races);
  const progress = new Progress(`raced on ${nodes} node(s)`, rounds * names.length);
  const directory = mkdtempSync(join(tmpdir(), 'mandate-races-'));
  const clock = new TestClock();
  const hubs = await RacingHubs.start(nodes, width, { ledger: await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() }), clock });
  let done = 0;
  for (let round = 0; round < rounds && !enough.aborted; round += 1)
    for (const name of names) {
      const began = performance.now();
      await races[name]!(hubs).catch((error: unknown) => record.violated(`${name}, round ${round + 1}: ${(error as Error).message}`));
      record.measure(name, performance.now() - began);
      progress.at((done += 1), `${hubs.told.tokens.length} tokens, ${record.violations.length} violations`);
    }
  for (const failure of hubs.hubs.flatMap(({ inside }) => inside.failures)) record.violated(`answered with 500: ${String((failure as Error).stack)}`);
  const { violations, events } = await auditLedger(hubs.first.inside.ledger, new CelConditions(), hubs.told);
  for (const { sentence } of violations) record.violated(sentence);
  await hubs.close();
  rmSync(directory, { recursive: true, force: true });
  console.log(`\n${nodes} node(s), ${width} at once\n${table([
    ...names.map((name) => [name, record.spread(name)]), ['tokens, each looked for in the ledger', String(hubs.told.tokens.length)], ['events in the ledger', String(events)], ['violations', String(record.violations.length)],
  ])}`);
  return record.violations;
};
