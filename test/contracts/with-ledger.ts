import type { Ledger } from '../../src/domain/ports/ledger.js';
import { unique } from '../support/ledgers.js';
import type { ContractCase } from './ledger.contract.js';

/** A case that needs one open ledger and stream names of its own. */
export const onLedger = (name: string, run: (ledger: Ledger, mark: string) => Promise<void>): ContractCase => ({
  name,
  run: async (adapter) => {
    const { ledger, dispose } = await adapter.open();
    try {
      await run(ledger, unique());
    } finally {
      await dispose();
    }
  },
});
