import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorAgent } from '../../src/commands/agents/operator-agent.js';
import type { Ledger } from '../../src/domain/ports/ledger.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import type { OperatorCredentials } from '../../src/platform/operator-credentials.js';
import { startHub } from '../support/hub.js';
import type { HubOverHttp } from '../support/hub-over-http.js';
import { TestClock } from '../support/test-clock.js';

/** Nodes of one hub, as their clients and an administrator know them. The address of the first is the issuer's. */
export interface RaceNodes {
  readonly hubs: readonly HubOverHttp[];
  readonly operator: OperatorCredentials;
  readonly ledger: Ledger;
  /** The clocks of all of them. */
  advance(seconds: number): Promise<void>;
  /** What was answered with 500. */
  failures(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** In this process, over an embedded ledger. */
export const nodesInOneProcess = async (count: 1 | 2): Promise<RaceNodes> => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-races-'));
  const clock = new TestClock();
  const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() });
  const first = await startHub({ ledger, clock });
  const hubs = count === 1 ? [first] : [first, await startHub({ beside: first })];
  return {
    hubs, ledger,
    operator: await first.inside.app.get(OperatorAgent, { strict: false }).ensure(undefined, first.issuer, first.context),
    advance: async (seconds) => clock.advance(seconds),
    failures: async () => hubs.flatMap(({ inside }) => inside.failures),
    close: async () => {
      for (const hub of hubs.toReversed()) await hub.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
