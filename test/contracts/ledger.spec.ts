import { describe, it } from '@jest/globals';
import { ledgerAdapters } from '../support/ledgers.js';
import { ledgerContract } from './ledger.contract.js';

for (const adapter of ledgerAdapters) {
  const suite = adapter.skipped ? describe.skip : describe;
  suite(`the ledger contract on ${adapter.name}${adapter.skipped ? ` (${adapter.skipped})` : ''}`, () => {
    for (const { name, run } of ledgerContract) it(name, () => run(adapter), 60_000);
  });
}
