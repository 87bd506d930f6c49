import type { Position, RecordedEvent } from '../kernel/event.js';
import { START, isAfter } from '../kernel/event.js';
import type { Invariant, ReportViolation } from './violation.js';

/** Places rise, no event stands twice, each stream counts 0, 1, 2, … and belongs to one tenant. */
export class StreamOrder implements Invariant {
  private readonly ids = new Map<string, Position>();
  private readonly tips = new Map<string, { revision: number; tenant: string }>();
  private last: Position = START;

  constructor(private readonly report: ReportViolation) {}

  see({ id, stream, revision, position, tenant }: RecordedEvent): void {
    if (!isAfter(position, this.last))
      this.report({ sentence: `The event at ${position} comes after the one at ${this.last}.`, positions: [this.last, position] });
    this.last = position;
    const before = this.ids.get(id);
    if (before !== undefined) this.report({ sentence: `Event ${id} stands twice, at ${before} and at ${position}.`, positions: [before, position] });
    this.ids.set(id, position);
    const tip = this.tips.get(stream) ?? { revision: -1, tenant };
    if (revision !== tip.revision + 1)
      this.report({ sentence: `Stream ${stream} has revision ${revision} at ${position} where ${tip.revision + 1} belongs.`, positions: [position] });
    if (tenant !== tip.tenant)
      this.report({ sentence: `Stream ${stream} belongs to ${tip.tenant}, and the event at ${position} to ${tenant}.`, positions: [position] });
    this.tips.set(stream, { revision, tenant: tip.tenant });
  }

  end(): void {
    // Each of these can be said at once.
  }
}
