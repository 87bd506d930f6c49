import type { Ledger } from '../../domain/ports/ledger.js';
import { type IndexedEvent, StreamIndex } from './stream-index.js';

/** Some 300 bytes each. */
const MOST_EVENTS = 100_000;
const MOST_STREAMS = 5_000;

/** Indexes of the streams that were asked for lately; the longest unused go first. */
export class StreamIndexes {
  private readonly kept = new Map<string, StreamIndex>();

  constructor(private readonly ledger: Ledger) {}

  async of(stream: string): Promise<readonly IndexedEvent[]> {
    const index = this.kept.get(stream) ?? new StreamIndex(this.ledger, stream);
    this.kept.delete(stream);
    this.kept.set(stream, index);
    const events = await index.upToDate();
    this.makeRoom();
    return events;
  }

  private makeRoom(): void {
    let events = 0;
    for (const index of this.kept.values()) events += index.size;
    for (const [stream, index] of this.kept) {
      if (events <= MOST_EVENTS && this.kept.size <= MOST_STREAMS) return;
      events -= index.size;
      this.kept.delete(stream);
    }
  }
}
