import { type SqliteDatabase, listing } from '../sqlite.js';
import { LedgerDamaged } from './ledger-file.js';
import { ROW_WIDTH, type RowsReply } from './sqlite-messages.js';
import type { SqlitePlaces } from './sqlite-places.js';

type Rows = ReturnType<typeof listing>;
type Row = ReturnType<Rows>[number];

/** A page looks at no more of the log than this, so that a filter that hides nearly all does not hold up commits. */
const MOST_SCANNED = 10_000;
const ROWS_AT_ONCE = 128;
/** A page ends beyond this many characters, whatever number of events was asked for. */
const MOST_CHARACTERS = 4_194_304;
const MOST_STREAM_ROWS = 1_000;

const [POSITION, REVISION, METADATA, DATA] = [0, 2, 6, 7];

/** As ROW_WIDTH has them. */
const COLUMNS = 'e.position, s.name AS stream, e.revision, e.recorded_at, e.id, e.type, e.metadata, e.data';

/** Reading in pages that are small enough to let commits in between. */
export class SqlitePages {
  private readonly streamPage: Rows;
  private readonly allPages = new Map<number, Rows>();

  constructor(private readonly database: SqliteDatabase, private readonly places: SqlitePlaces) {
    this.streamPage = listing(database.prepare(
      `SELECT ${COLUMNS} FROM json_each(?) p CROSS JOIN events e ON e.position = p.value AND e.stream = ? JOIN streams s ON s.id = e.stream ORDER BY e.position`,
    ));
  }

  /** Of the stream with this number, whose last revision is `last`. */
  ofStream(id: number, from: number, { last, limit }: { readonly last: number; readonly limit: number }): RowsReply {
    if (from > last) return { rows: [], next: from, atEnd: true };
    const fetch = (after: number, most: number) => this.streamPage(JSON.stringify(this.places.from(id, after + 1, most)), id);
    const { rows, next, complete } = gather(Math.min(limit, MOST_STREAM_ROWS), from - 1, fetch, REVISION);
    // Whatever the index says: a stream that lacks an event lacks a suspension, perhaps.
    if ((complete && next < last) || next - from + 1 !== rows.length / ROW_WIDTH) throw new LedgerDamaged(`The ledger's index of streams is damaged. Restore it from a backup.`);
    return { rows, next, atEnd: next >= last };
  }

  /** Of the whole log, which ends at `last`. */
  ofAll(after: number, limit: number, prefixes: readonly string[] | undefined, last: number): RowsReply {
    const end = Math.min(last, after + MOST_SCANNED);
    const page = this.allPage(prefixes?.length);
    const fetch = (from: number, most: number) => page(from, end, ...(prefixes ?? []), most);
    const { rows, next, complete } = gather(limit, after, fetch, POSITION);
    const reached = complete ? Math.max(end, after) : next;
    return { rows, next: reached, atEnd: reached >= last };
  }

  private allPage(prefixes: number | undefined): Rows {
    const key = prefixes ?? -1;
    const known = this.allPages.get(key);
    if (known) return known;
    const conditions = Array.from({ length: prefixes ?? 0 }, (_, n) => `substr(s.name, 1, length(?${n + 3})) = ?${n + 3}`);
    const filter = prefixes === undefined ? '' : `AND (${conditions.join(' OR ') || 'FALSE'})`;
    // CROSS JOIN keeps the log outside: it is read along its order, and never sorted.
    const page = listing(this.database.prepare(
      `SELECT ${COLUMNS} FROM events e CROSS JOIN streams s ON s.id = e.stream
       WHERE e.position > ?1 AND e.position <= ?2 ${filter} ORDER BY e.position LIMIT ?${(prefixes ?? 0) + 3}`,
    ));
    this.allPages.set(key, page);
    return page;
  }
}

/** Rows in small portions, until there are no more, `limit` is reached, or the page has become large. */
const gather = (limit: number, from: number, fetch: (after: number, most: number) => readonly Row[], place: number) => {
  const rows: (string | number)[] = [];
  let [next, count, characters] = [from, 0, 0];
  while (count < limit && characters < MOST_CHARACTERS) {
    const most = Math.min(ROWS_AT_ONCE, limit - count);
    const fetched = fetch(next, most);
    for (const row of fetched) {
      for (const column of row) rows.push(column);
      characters += (row[METADATA] as string).length + (row[DATA] as string).length;
      next = row[place] as number;
    }
    count += fetched.length;
    if (fetched.length < most) return { rows, next, complete: true };
  }
  return { rows, next, complete: false };
};
