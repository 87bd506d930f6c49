import { type Position, isAfter } from '../domain/kernel/event.js';
import type { RefusalCode } from '../domain/kernel/refusal.js';
import type { LiveEntry } from './live-entry.js';

/**
 * What a decision relied on, as it stood when it was made. Asked at the event's own place in the log (docs/architecture.md, Admission):
 * made before anything is awaited between the decision and the append.
 */
export class Reliance {
  private readonly revisions: readonly number[];

  constructor(readonly entries: readonly LiveEntry[]) {
    this.revisions = entries.map(({ revision }) => revision);
  }

  /** Undefined when the decision holds there: nothing has changed, or `again` finds nothing against it. */
  problemAt(position: Position, again: () => RefusalCode | undefined): RefusalCode | undefined {
    if (this.entries.every((entry, n) => entry.current && entry.revision === this.revisions[n])) return undefined;
    // An entry that was read further than this place, or is not followed any more, can't tell how things stood here.
    if (this.entries.some((entry) => !entry.current || isAfter(entry.position, position))) return 'conflict.concurrent';
    return again();
  }
}
