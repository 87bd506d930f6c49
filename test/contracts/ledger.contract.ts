import type { LedgerAdapter } from '../support/ledgers.js';
import { appendCases } from './ledger-appends.cases.js';
import { readCases } from './ledger-reads.cases.js';
import { retryCases } from './ledger-retries.cases.js';
import { subscriptionCases } from './ledger-subscriptions.cases.js';

/** One promise of the port. Knows no test runner; `run` rejects when the promise is broken. */
export interface ContractCase {
  readonly name: string;
  run(adapter: LedgerAdapter): Promise<void>;
}

/** What `src/domain/ports/ledger.ts` promises. Cases may share one store: each writes to streams of its own. */
export const ledgerContract: readonly ContractCase[] = [...appendCases, ...retryCases, ...readCases, ...subscriptionCases];
