import { LedgerUnavailable } from '../domain/ports/ledger.js';
import { LedgerDamaged, LedgerLocked } from '../platform/ledger/ledger-file.js';
import { NotACopy, Unsettled } from '../platform/transfer/ledger-target.js';
import { NoLedger } from '../platform/transfer/open-kept-log.js';
import { CommandProblem } from './command.js';

/** What people can do something about becomes a sentence. */
export const asProblem = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof LedgerLocked) throw new CommandProblem(`${message} A running hub holds its ledger: stop it first.`);
    if (error instanceof LedgerUnavailable || error instanceof Unsettled) throw new CommandProblem(`The ledger does not answer: ${message}`);
    if (error instanceof NoLedger || error instanceof LedgerDamaged || error instanceof NotACopy) throw new CommandProblem(message);
    throw error;
  }
};
