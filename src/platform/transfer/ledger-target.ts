import type { Position } from '../../domain/kernel/event.js';
import type { KeptEvent, KeptLog } from '../ledger/kept-log.js';

/** A ledger that is filled with the events of another, each in the stream and at the revision that it had there. */
export interface LedgerTarget extends KeptLog {
  /**
   * Writes the events behind everything that is there, in this order; durable when it resolves with the place of the last.
   * Rejects with Unsettled when some of them may have been written: then look at what is there and go on behind it.
   */
  write(events: readonly KeptEvent[]): Promise<Position>;
}

/** Nobody knows how much of it was written. */
export class Unsettled extends Error {
  override readonly name = 'Unsettled';
}

/** What the target holds is not the beginning of what is copied into it, or can't be continued by it. Nothing was overwritten. */
export class NotACopy extends Error {
  override readonly name = 'NotACopy';
}
