import type { SqliteDatabase, SqliteStatement } from '../sqlite.js';

interface Place {
  readonly position: number;
  readonly stream: number;
  readonly revision: number;
}

/** So many events stand in the table before their places are written, sorted. Where a file has more or fewer, that is right too. */
const PLACED_AT_ONCE = 1_024;

/**
 * Where the events of each stream stand. An append touches that index at a random page, which costs more than the event
 * itself; so the latest places are kept in memory, and written for many events together. What is missing in the table is
 * known by counting: it has the places of the first events, all of them and no other.
 */
export class SqlitePlaces {
  private readonly sql: Record<'count' | 'events' | 'write' | 'last' | 'at' | 'from' | 'wrong', SqliteStatement>;
  /** The places of the events up to here are in the table, */
  private written = 0;
  /** and those of the events up to here in memory, by stream. */
  private newest = 0;
  private readonly recent = new Map<number, Place[]>();

  constructor(database: SqliteDatabase) {
    this.sql = {
      count: database.prepare('SELECT count(*) AS written FROM places'),
      events: database.prepare('SELECT position, stream, revision FROM events WHERE position > ? ORDER BY position'),
      write: database.prepare(
        'INSERT INTO places (stream, revision, position) SELECT stream, revision, position FROM events WHERE position > ? AND position <= ? ORDER BY stream, revision',
      ),
      last: database.prepare('SELECT max(revision) AS last FROM places WHERE stream = ?'),
      at: database.prepare('SELECT position FROM places WHERE stream = ? AND revision = ?'),
      from: database.prepare('SELECT position FROM places WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?'),
      // As many as there are first events, no two for one place of a stream: where each of those events finds its own, no other is there.
      // Along the events, for the table is small and they are not.
      wrong: database.prepare(
        `WITH placed AS (SELECT count(*) AS n FROM places)
         SELECT n - (SELECT count(*) FROM events e CROSS JOIN places p ON p.stream = e.stream AND p.revision = e.revision AND p.position = e.position
                     WHERE e.position <= n) AS wrong FROM placed`,
      ),
    };
  }

  /** Believes what the file says; what was added since its last commit is forgotten. */
  load(): void {
    this.written = (this.sql.count.get() as { written: number }).written;
    this.newest = this.written;
    this.recent.clear();
    for (const place of this.sql.events.all(this.written) as Place[]) this.add(place);
  }

  /** Of the event that is being inserted. */
  add(place: Place): void {
    this.newest = place.position;
    const others = this.recent.get(place.stream);
    if (others) others.push(place);
    else this.recent.set(place.stream, [place]);
  }

  /** Within the transaction, after its events: writes the places when there are enough of them. `load` when it fails. */
  write(): void {
    if (this.newest - this.written < PLACED_AT_ONCE) return;
    this.sql.write.run(this.written, this.newest);
    this.written = this.newest;
    this.recent.clear();
  }

  /** -1 when there is nothing in the stream. */
  last(stream: number): number {
    return this.recent.get(stream)?.at(-1)?.revision ?? (this.sql.last.get(stream) as { last: number | null }).last ?? -1;
  }

  at(stream: number, revision: number): number | undefined {
    const recent = this.recent.get(stream);
    const place = recent && recent[revision - recent[0]!.revision];
    return place ? place.position : (this.sql.at.get(stream, revision) as { position: number } | undefined)?.position;
  }

  /** The positions of the stream's events from this revision on, at most so many. */
  from(stream: number, revision: number, most: number): readonly number[] {
    const written = this.sql.from.all(stream, revision, most) as { position: number }[];
    const recent = this.recent.get(stream) ?? [];
    const places = [...written, ...recent.filter((place) => place.revision >= revision).slice(0, most - written.length)];
    return places.map(({ position }) => position);
  }

  /** Whether what is in the table is true of the events; nothing is where it is not. */
  problems(): readonly string[] {
    const { wrong } = this.sql.wrong.get() as { wrong: number };
    return wrong === 0 ? [] : [`${wrong} places in the index of streams are not those of the events`];
  }
}
