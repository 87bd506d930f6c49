import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import { type TestHub, startHub } from '../support/hub.js';
import { FuzzedHub } from './fuzzed-hub.js';
import { parsers } from './parsers.js';
import { bentAssertion, bentBytes, bentDocument, bentRequest } from './properties.js';
import { strangers, targetsOf } from './targets.js';

/** The same for everybody, and printed when something is found. `npm run fuzz` draws others, for as long as it is told to. */
const SEED = 20_261_126;

const kindOf = ({ type, data }: RecordedEvent): string => {
  const { agentId, userId, reason, endpoint, operation, form } = data as Readonly<Record<string, unknown>>;
  return JSON.stringify([type, agentId ?? userId, reason, endpoint ?? operation ?? form]);
};

describe('whatever is sent', () => {
  let hub: TestHub;
  let at: FuzzedHub;
  let adminToken: string;
  beforeAll(async () => {
    hub = await startHub();
    at = await FuzzedHub.of(hub);
    adminToken = await at.adminToken();
  });
  afterAll(() => hub.close());

  it('by a stranger, the answer is a documented one, and the ledger gets a refusal of each kind and nothing else', async () => {
    const before = (await hub.events()).length;
    for (const target of strangers) await fc.assert(bentRequest(at, target), { seed: SEED, numRuns: 60 });
    const written = (await hub.events()).slice(before);
    expect(new Set(written.map(({ type }) => type))).toEqual(new Set(['AssertionRefused', 'AuthorizationRefused', 'ClientAuthenticationFailed', 'TokenRefused']));
    expect(new Set(written.map(kindOf)).size).toBe(written.length);
  });

  it('by somebody known, at any way in, the answer is a documented one', async () => {
    const statuses = new Map<number, number>();
    for (const target of targetsOf(adminToken)) {
      if (strangers.includes(target)) continue;
      await fc.assert(bentRequest(at, target, (status) => statuses.set(status, (statuses.get(status) ?? 0) + 1)), { seed: SEED, numRuns: 12 });
    }
    // Some of it was let in: what is refused at the first check tries nothing behind it.
    for (const status of [200, 201, 303, 400, 401, 403, 404, 422]) expect([status, (statuses.get(status) ?? 0) > 0]).toEqual([status, true]);
  }, 60_000);

  it.each([['in a client assertion that is signed', bentAssertion], ['in a client metadata document', bentDocument], ['instead of HTTP', bentBytes]] as const)('%s, the answer is a documented one', async (_, property) => {
    await fc.assert(property(at), { seed: SEED, numRuns: 100 });
  });

  it.each(parsers)('%s', (_, property) => {
    fc.assert(property, { seed: SEED, numRuns: 300 });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
