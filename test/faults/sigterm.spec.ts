import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CelConditions } from '../../src/platform/cel-conditions.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { auditLedger } from '../../src/projections/ledger-audit.queries.js';
import { Load } from './load.js';
import { OperatedHub } from './operated-hub.js';

const CLIENTS = 32;

describe('a hub that is asked to end (SIGTERM) under load', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-sigterm-'));
  let hub: OperatedHub;
  beforeAll(async () => {
    hub = await OperatedHub.start(directory);
  }, 60_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('answers what has arrived, tells everybody else to come again, ends with 0, and has what it gave', async () => {
    const load = new Load(hub.http, await hub.service(), CLIENTS);
    await load.next(4 * CLIENTS);
    const code = await hub.stop();
    const seen = await load.gone();

    expect(code).toBe(0);
    expect(seen.filter(({ outcome }) => outcome !== 200 && outcome !== 503 && outcome !== 'refused')).toEqual([]);
    expect(seen.filter(({ outcome, retryAfter }) => outcome === 503 && retryAfter === null)).toEqual([]);
    const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: Date.now });
    const tokens = seen.flatMap(({ jti }) => (jti === undefined ? [] : [{ jti }]));
    const { violations } = await auditLedger(ledger, new CelConditions(), { tokens, codes: [], refreshTokens: [], changes: [] });
    await ledger.close();
    expect(violations).toEqual([]);
  }, 60_000);
});
