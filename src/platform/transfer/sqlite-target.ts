import type { Position } from '../../domain/kernel/event.js';
import type { KeptEvent, KeptPage } from '../ledger/kept-log.js';
import { SqliteLedger } from '../ledger/sqlite-ledger.js';
import { Misfit } from '../ledger/sqlite-messages.js';
import { type LedgerTarget, NotACopy } from './ledger-target.js';

/** A ledger file that is being filled. */
export class SqliteTarget implements LedgerTarget {
  private constructor(private readonly ledger: SqliteLedger) {}

  /** Makes the file where there is none. Rejects with LedgerLocked or LedgerDamaged. */
  static async open(file: string): Promise<SqliteTarget> {
    // No event is recorded here: each brings its time with it.
    return new SqliteTarget(await SqliteLedger.open({ file, now: () => 0 }));
  }

  async write(events: readonly KeptEvent[]): Promise<Position> {
    try {
      return await this.ledger.import(events);
    } catch (error) {
      throw error instanceof Misfit ? new NotACopy(`The events do not fit behind each other: ${error.message}.`) : error;
    }
  }

  readKept(after: Position, limit: number): Promise<KeptPage> {
    return this.ledger.readKept(after, limit);
  }

  fileProblems(): Promise<readonly string[]> {
    return this.ledger.fileProblems();
  }

  head(): Promise<Position> {
    return this.ledger.head();
  }

  close(): Promise<void> {
    return this.ledger.close();
  }
}
