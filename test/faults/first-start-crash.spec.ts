import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CelConditions } from '../../src/platform/cel-conditions.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { auditLedger } from '../support/audit-ledger.js';
import { signIn } from '../support/code-flow.js';
import { ADMIN, ANA } from '../support/hub.js';
import { readEverything } from '../support/ledgers.js';
import { CrashWorld } from './crash-world.js';

/** The tenant is whole with this one; how it dies before that is the business of the row of CreateTenant. */
const TENANT_IS_WHOLE = 10;

describe('a hub that is killed in its first start (FirstStart)', () => {
  const world = new CrashWorld();
  afterEach(() => world.close());

  /** What the ledger has, each once: a step that was not finished is done again. */
  const written = async (): Promise<ReadonlySet<string>> => {
    const ledger = await SqliteLedger.open({ file: join(world.directory, 'ledger.db'), now: Date.now });
    const events = await readEverything(ledger, '');
    expect((await auditLedger(ledger, new CelConditions())).violations).toEqual([]);
    await ledger.close();
    return new Set(events.map(({ stream, type }) => `${type} ${stream}`));
  };

  it('after every one of its appends, one start after another: finishes what is left, and its administrator can sign in', async () => {
    let deaths = 0;
    let append = TENANT_IS_WHOLE;
    let facts: ReadonlySet<string> = new Set();
    // Behind it comes the operator's agent, anew with each start.
    for (; ![...facts].some((fact) => fact.startsWith('AgentRegistered ')); deaths += 1) {
      await world.start({ append, when: 'after' });
      expect(world.hub.ready).toBeUndefined();
      await world.hub.kill();
      const now = await written();
      // Where a durable append is not enough (the password itself goes into the vault), the next start has to get further.
      append = now.size > facts.size ? 1 : append + 1;
      facts = now;
    }
    expect(deaths).toBeGreaterThan(4);

    await world.start();

    const browser = world.hub.browser();
    await signIn(browser, await browser.open('/sign-in'), { ...ANA, ...ADMIN });
    expect(browser.cookie('mandate_session_default')).toMatch(/^usr_/);
    await world.hub.kill();
    expect([...(await written())].filter((fact) => fact.startsWith('DefaultResourceChosen '))).toHaveLength(1);
  }, 300_000);
});
