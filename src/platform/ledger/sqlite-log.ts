import type { SqliteDatabase, SqliteStatement } from '../sqlite.js';
import { type StreamIndex, judgeAppend } from './judge-append.js';
import { RecentIds } from './recent-ids.js';
import { type AppendRequest, CONFLICT, type CommitReply, type Packed, REPEATED, type RowsReply, WRITTEN, unpackAppends } from './sqlite-messages.js';

interface Row {
  readonly position: number; readonly stream: string; readonly revision: number; readonly recorded_at: number;
  readonly id: string; readonly type: string; readonly metadata: string; readonly data: string;
}

/** The tips of so many streams are kept at hand. */
const MOST_TIPS = 50_000;
/** A page looks at no more of the log than this, so that a filter that hides nearly all does not hold up commits. */
const MOST_SCANNED = 10_000;
const ROWS_AT_ONCE = 128;
/** A page ends beyond this many characters, whatever number of events was asked for. */
const MOST_CHARACTERS = 4_194_304;
const MOST_STREAM_ROWS = 1_000;

const COLUMNS = `e.position, s.name AS stream, e.revision, e.recorded_at, e.id, e.type, e.metadata, e.data`;

/** The ledger's tables, worked on synchronously by the one thread that has them. */
export class SqliteLog implements StreamIndex {
  private readonly tips = new Map<string, { id: number; last: number }>();
  private readonly recent = new RecentIds();
  private readonly pages = new Map<number, SqliteStatement>();
  private readonly sql: Record<'begin' | 'commit' | 'rollback' | 'tip' | 'create' | 'insert' | 'at' | 'streamPage', SqliteStatement>;
  private recordedAt = 0;
  /** Of the last event; 0 when there is none. */
  sequence = 0;

  constructor(private readonly database: SqliteDatabase) {
    this.sql = {
      begin: database.prepare('BEGIN'), commit: database.prepare('COMMIT'), rollback: database.prepare('ROLLBACK'),
      tip: database.prepare('SELECT s.id, (SELECT max(revision) FROM events WHERE stream = s.id) AS last FROM streams s WHERE name = ?'),
      create: database.prepare('INSERT INTO streams (name) VALUES (?)'),
      insert: database.prepare('INSERT INTO events (position, stream, revision, recorded_at, id, type, metadata, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
      at: database.prepare('SELECT id, position FROM events WHERE stream = ? AND revision = ?'),
      streamPage: database.prepare(`SELECT ${COLUMNS} FROM events e JOIN streams s ON s.id = e.stream WHERE e.stream = ? AND e.revision >= ? ORDER BY e.revision LIMIT ${ROWS_AT_ONCE}`),
    };
    this.load();
  }

  /** One transaction for all; durable when it returns. A conflict concerns only its own append. */
  commit(recordedAt: number, appends: Packed): CommitReply {
    const before = this.sequence;
    const outcomes: number[] = [];
    // The clock may be set back; the ledger's time may not.
    this.recordedAt = Math.max(this.recordedAt, recordedAt);
    this.sql.begin.run();
    try {
      for (const append of unpackAppends(appends)) this.append(append, outcomes);
      this.sql.commit.run();
    } catch (error) {
      this.undo();
      throw error;
    }
    return { before, recordedAt: this.recordedAt, outcomes };
  }

  readStream(stream: string, from: number): RowsReply {
    const tip = this.tip(stream);
    if (tip.id === 0) return { rows: [], next: from, atEnd: true };
    const { rows, next } = gather(MOST_STREAM_ROWS, from - 1, (after) => this.sql.streamPage.all(tip.id, after + 1) as Row[], (row) => row.revision);
    return { rows, next, atEnd: next >= tip.last };
  }

  readAll(after: number, limit: number, prefixes: readonly string[] | undefined): RowsReply {
    const end = Math.min(this.sequence, after + MOST_SCANNED);
    const page = this.page(prefixes?.length);
    const { rows, next, complete } = gather(limit, after, (from, most) => page.all(from, end, ...(prefixes ?? []), most) as Row[], (row) => row.position);
    const reached = complete ? Math.max(end, after) : next;
    return { rows, next: reached, atEnd: reached >= this.sequence };
  }

  lastRevision(stream: string): number {
    return this.tip(stream).last;
  }

  idAt(stream: string, revision: number): string | undefined {
    return this.at(stream, revision)?.id;
  }

  /** Only among the latest events: a retry comes soon, and readers of 'any' streams tell duplicates apart anyway. */
  revisionOf(stream: string, id: string): number | undefined {
    return this.recent.revisionOf(stream, id);
  }

  private append({ stream, expected, encoded }: AppendRequest, outcomes: number[]): void {
    const verdict = judgeAppend(this, stream, expected, encoded.map(({ id }) => id));
    if (verdict.kind === 'conflict') return void outcomes.push(CONFLICT, verdict.actual === 'none' ? -1 : verdict.actual, 0);
    const last = verdict.from + encoded.length - 1;
    if (verdict.kind === 'repeat') return void outcomes.push(REPEATED, last, this.at(stream, last)!.position);
    const tip = this.tip(stream);
    if (tip.id === 0) tip.id = Number(this.sql.create.run(stream).lastInsertRowid);
    for (const { id, type, metadata, data } of encoded) {
      tip.last += 1;
      this.sequence += 1;
      this.sql.insert.run(this.sequence, tip.id, tip.last, this.recordedAt, id, type, metadata, data);
      this.recent.add(stream, id, tip.last);
    }
    outcomes.push(WRITTEN, last, this.sequence);
  }

  private at(stream: string, revision: number): { id: string; position: number } | undefined {
    return this.sql.at.get(this.tip(stream).id, revision) as { id: string; position: number } | undefined;
  }

  private tip(stream: string): { id: number; last: number } {
    const known = this.tips.get(stream);
    if (known) return known;
    const found = this.sql.tip.get(stream) as { id: number; last: number | null } | undefined;
    const tip = { id: found?.id ?? 0, last: found?.last ?? -1 };
    if (this.tips.size >= MOST_TIPS) this.tips.delete(this.tips.keys().next().value!);
    this.tips.set(stream, tip);
    return tip;
  }

  private page(prefixes: number | undefined): SqliteStatement {
    const key = prefixes ?? -1;
    const conditions = Array.from({ length: prefixes ?? 0 }, (_, n) => `substr(s.name, 1, length(?${n + 3})) = ?${n + 3}`);
    const filter = prefixes === undefined ? '' : `AND (${conditions.join(' OR ') || 'FALSE'})`;
    // CROSS JOIN keeps the log outside: it is read along its order, and never sorted.
    const page = this.pages.get(key) ?? this.database.prepare(
      `SELECT ${COLUMNS} FROM events e CROSS JOIN streams s ON s.id = e.stream WHERE e.position > ?1 AND e.position <= ?2 ${filter} ORDER BY e.position LIMIT ?${(prefixes ?? 0) + 3}`);
    this.pages.set(key, page);
    return page;
  }

  /** What memory believed of the failed transaction is forgotten together with it. */
  private undo(): void {
    try {
      this.sql.rollback.run();
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
    this.tips.clear();
    this.load();
  }

  private load(): void {
    const last = this.database.prepare('SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1').get() as { position: number; recorded_at: number } | undefined;
    this.sequence = last?.position ?? 0;
    this.recordedAt = last?.recorded_at ?? 0;
    this.recent.clear();
    const latest = this.database.prepare('SELECT s.name AS stream, e.revision, e.id FROM events e CROSS JOIN streams s ON s.id = e.stream WHERE e.position > ? ORDER BY e.position')
      .all(this.sequence - RecentIds.MOST) as { stream: string; revision: number; id: string }[];
    for (const { stream, id, revision } of latest) this.recent.add(stream, id, revision);
  }
}

/** Rows in small portions, until there are no more, `limit` is reached, or the page has become large. */
const gather = (limit: number, from: number, fetch: (after: number, most: number) => Row[], placeOf: (row: Row) => number) => {
  const rows: (string | number)[] = [];
  let [next, count, characters] = [from, 0, 0];
  while (count < limit && characters < MOST_CHARACTERS) {
    const most = Math.min(ROWS_AT_ONCE, limit - count);
    const fetched = fetch(next, most);
    for (const row of fetched) {
      rows.push(row.position, row.stream, row.revision, row.recorded_at, row.id, row.type, row.metadata, row.data);
      characters += row.metadata.length + row.data.length;
      next = placeOf(row);
    }
    count += fetched.length;
    if (fetched.length < most) return { rows, next, complete: true };
  }
  return { rows, next, complete: false };
};
