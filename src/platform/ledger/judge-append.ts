import type { Expected } from '../../domain/ports/ledger.js';

/** What deciding on an append needs to know of the streams; revisions begin at 0. */
export interface StreamIndex {
  /** -1 when nobody has written to the stream. */
  lastRevision(stream: string): number;
  idAt(stream: string, revision: number): string | undefined;
  revisionOf(stream: string, id: string): number | undefined;
}

export type Verdict =
  /** Write the events from this revision on. */
  | { readonly kind: 'write'; readonly from: number }
  /** They stand there already, from this revision on: an answer got lost and the caller asks again. */
  | { readonly kind: 'repeat'; readonly from: number }
  | { readonly kind: 'conflict'; readonly actual: number | 'none' };

/**
 * Optimistic concurrency and idempotency, as EventStoreDB has them: an exact expectation looks only at the place it
 * names, 'any' looks for the first id in the whole stream. Appends are all or none, so a repeat matches whole or is
 * no repeat.
 */
export const judgeAppend = (index: StreamIndex, stream: string, expected: Expected, ids: readonly string[]): Verdict => {
  const last = index.lastRevision(stream);
  const from = expected === 'any' ? (index.revisionOf(stream, ids[0]!) ?? last + 1) : expected === 'none' ? 0 : expected + 1;
  if (from === last + 1) return { kind: 'write', from };
  if (from <= last && ids.every((id, n) => index.idAt(stream, from + n) === id)) return { kind: 'repeat', from };
  return { kind: 'conflict', actual: last < 0 ? 'none' : last };
};
