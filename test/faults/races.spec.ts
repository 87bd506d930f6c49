import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditLedger } from '../support/audit-ledger.js';
import { CelConditions } from '../../src/platform/cel-conditions.js';
import { nodesInOneProcess } from './race-nodes.js';
import { RacingHubs } from './racing-hubs.js';
import { race, races } from './races.js';

const WIDTH = 200;

describe.each([1, 2] as const)(`${WIDTH} at once, on %i node(s) over one ledger`, (nodes) => {
  let hubs: RacingHubs;
  beforeAll(async () => {
    hubs = await RacingHubs.start(await nodesInOneProcess(nodes), WIDTH);
  });
  afterAll(() => hubs.nodes.close());

  it.each(Object.keys(races))('%s: the promised one wins', async (name) => {
    await race(hubs, name);
    expect(await hubs.nodes.failures()).toEqual([]);
  }, 60_000);

  it('leaves a ledger that keeps every promise, and has what was handed out', async () => {
    expect(hubs.told.tokens.length).toBeGreaterThan(WIDTH / 2);
    expect((await auditLedger(hubs.nodes.ledger, new CelConditions(), hubs.told)).violations).toEqual([]);
  });
});
