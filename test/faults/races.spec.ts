import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditLedger } from '../../src/projections/ledger-audit.queries.js';
import { CelConditions } from '../../src/platform/cel-conditions.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { temporaryDirectory } from '../support/ledgers.js';
import { TestClock } from '../support/test-clock.js';
import { RacingHubs, races } from './races.js';

const WIDTH = 200;

describe.each([1, 2] as const)(`${WIDTH} at once, on %i node(s) over one ledger`, (nodes) => {
  const directory = temporaryDirectory();
  let hubs: RacingHubs;
  beforeAll(async () => {
    const clock = new TestClock();
    const ledger = await SqliteLedger.open({ file: `${directory.path}/ledger.db`, now: () => clock.now() });
    hubs = await RacingHubs.start(nodes, WIDTH, { ledger, clock });
  });
  afterAll(async () => {
    await hubs.close();
    directory.remove();
  });

  it.each(Object.keys(races))('%s: the promised one wins', async (name) => {
    await races[name]!(hubs);
    expect(hubs.hubs.flatMap(({ inside }) => inside.failures)).toEqual([]);
  }, 60_000);

  it('leaves a ledger that keeps every promise, and has what was handed out', async () => {
    expect(hubs.told.tokens.length).toBeGreaterThan(WIDTH / 2);
    expect((await auditLedger(hubs.first.inside.ledger, new CelConditions(), hubs.told)).violations).toEqual([]);
  });
});
