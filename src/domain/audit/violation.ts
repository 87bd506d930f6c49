import type { Position, RecordedEvent } from '../kernel/event.js';

/** One promise that a ledger breaks: a sentence for whoever has to act on it, and the places it speaks of. */
export interface Violation {
  readonly sentence: string;
  readonly positions: readonly Position[];
}
export type ReportViolation = (violation: Violation) => void;

/** Something that holds of every ledger. It is shown all events in the ledger's order, and then the end. */
export interface Invariant {
  see(event: RecordedEvent): void;
  /** For what can only be said when everything has been seen. */
  end(): void;
}
