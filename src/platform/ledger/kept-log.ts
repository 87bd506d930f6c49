import { createHash } from 'node:crypto';
import type { Position } from '../../domain/kernel/event.js';
import type { EncodedEvent, Place, StoredEvent } from './stored-event.js';

/** An event as its store keeps it: JSON as text, not looked into and not brought up to date. */
export type KeptEvent = EncodedEvent & Place;

export interface KeptPage {
  readonly events: readonly KeptEvent[];
  /** Pass as `after` to go on. */
  readonly next: Position;
  /** True when the page reached the end of the ledger as it was then. */
  readonly atEnd: boolean;
}

/** What every adapter offers besides the port, for copies and checks: its events as they are kept, all of them. */
export interface KeptLog {
  /** About `limit` events behind `after`, in the one order. */
  readKept(after: Position, limit: number): Promise<KeptPage>;
  head(): Promise<Position>;
  close(): Promise<void>;
}

/** How many there are, where places are counted; undefined where they say nothing about it, as in an event store. */
export const eventsIn = async (log: KeptLog): Promise<number | undefined> => {
  const head = await log.head();
  return /^\d{16}$/.test(head) ? Number(head) : undefined;
};

// Member by member: spreading an object of this size costs many times as much.
export const parsed = ({ id, type, stream, revision, position, recordedAt, metadata, data }: KeptEvent): StoredEvent => ({
  id,
  type,
  stream,
  revision,
  position,
  recordedAt,
  metadata: JSON.parse(metadata) as unknown,
  data: JSON.parse(data) as unknown,
});

/** All that an event says, in one line of JSON: the same from whichever store it was read. Its position is the store's own affair. */
export const lineOf = ({ stream, revision, id, type, recordedAt, metadata, data }: KeptEvent): string =>
  `{"stream":${JSON.stringify(stream)},"revision":${revision},"id":${JSON.stringify(id)},"type":${JSON.stringify(type)},` +
  `"recordedAt":${JSON.stringify(recordedAt)},"metadata":${metadata},"data":${data}}`;

/** SHA-256 over the lines of all events in order, each with its line feed. Two ledgers with one digest hold the same. */
export class LinesDigest {
  private readonly hash = createHash('sha256');
  lines = 0;

  add(line: string): void {
    this.hash.update(line).update('\n');
    this.lines += 1;
  }

  /** In hexadecimal, as sha256sum prints it. What is added later does not change what was given. */
  value(): string {
    return this.hash.copy().digest('hex');
  }
}

/** Every event behind `after` as the ledger stood when the last page was read. */
export async function* keptEvents(log: KeptLog, after: Position, limit?: number): AsyncGenerator<KeptEvent> {
  for await (const page of keptPages(log, after, limit)) yield* page;
}

/** The same in pages, for who has a lot to read: waiting for each event costs more than reading it. */
export async function* keptPages(log: KeptLog, after: Position, limit = 1_000): AsyncGenerator<readonly KeptEvent[]> {
  for (let at = after; ;) {
    const { events, next, atEnd } = await log.readKept(at, limit);
    yield events;
    if (atEnd) return;
    at = next;
  }
}
