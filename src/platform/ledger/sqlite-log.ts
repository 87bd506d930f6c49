import type { SqliteDatabase, SqliteStatement } from '../sqlite.js';
import { type StreamIndex, judgeAppend } from './judge-append.js';
import { RecentPositions } from './recent-positions.js';
import {
  type AppendRequest,
  CONFLICT,
  type CommitReply,
  type ImportReply,
  type InspectReply,
  Misfit,
  type Packed,
  REPEATED,
  type RowsReply,
  WRITTEN,
  unpackImport,
  unpackAppends,
} from './sqlite-messages.js';
import { SqlitePages } from './sqlite-pages.js';
import { SqlitePlaces } from './sqlite-places.js';
import type { EncodedEvent } from './stored-event.js';

interface Tip {
  /** 0 while nobody has written to the stream. */
  id: number;
  last: number;
}
/** The tips of so many streams are kept at hand. */
const MOST_TIPS = 50_000;
const LOADED_AT_ONCE = 4_096;

/** The ledger's tables, worked on synchronously by the one thread that has them. */
export class SqliteLog implements StreamIndex {
  private readonly tips = new Map<string, Tip>();
  private readonly recent = new RecentPositions();
  private readonly places: SqlitePlaces;
  private readonly pages: SqlitePages;
  private readonly sql: Record<'begin' | 'commit' | 'rollback' | 'number' | 'create' | 'insert' | 'event', SqliteStatement>;
  private recordedAt = 0;
  /** Of the last event; 0 when there is none. */
  sequence = 0;

  constructor(private readonly database: SqliteDatabase) {
    this.places = new SqlitePlaces(database);
    this.pages = new SqlitePages(database, this.places);
    this.sql = {
      begin: database.prepare('BEGIN'),
      commit: database.prepare('COMMIT'),
      rollback: database.prepare('ROLLBACK'),
      number: database.prepare('SELECT id FROM streams WHERE name = ?'),
      create: database.prepare('INSERT INTO streams (name) VALUES (?)'),
      insert: database.prepare(
        'INSERT INTO events (position, stream, revision, recorded_at, id, type, metadata, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ),
      event: database.prepare('SELECT id, stream, revision FROM events WHERE position = ?'),
    };
    this.load();
  }

  /** One transaction for all; durable when it returns. A conflict concerns only its own append. */
  commit(recordedAt: number, appends: Packed): CommitReply {
    const before = this.sequence;
    const outcomes: number[] = [];
    // The clock may be set back; the ledger's time may not.
    this.recordedAt = Math.max(this.recordedAt, recordedAt);
    this.transaction(() => {
      for (const append of unpackAppends(appends)) this.append(append, outcomes);
    });
    return { before, recordedAt: this.recordedAt, outcomes };
  }

  /** Events as another store recorded them, behind all that are here: all of them or, when one does not fit, none. */
  import(rows: Packed): ImportReply {
    this.transaction(() => {
      for (const { stream, revision, recordedAt, event } of unpackImport(rows)) {
        const tip = this.tip(stream);
        if (revision !== tip.last + 1) throw new Misfit(`event ${event.id} has revision ${revision} of ${stream}, where ${tip.last + 1} comes next`);
        this.recordedAt = recordedAt;
        this.insert(stream, tip, event);
      }
    });
    return { sequence: this.sequence };
  }

  /** Looks at the whole file, page by page and index by index. */
  inspect(): InspectReply {
    const found = this.database.prepare('PRAGMA integrity_check(20)').all() as { readonly integrity_check: string }[];
    return { problems: [...found.map(({ integrity_check: says }) => says).filter((says) => says !== 'ok'), ...this.places.problems()] };
  }

  readStream(stream: string, from: number, limit: number): RowsReply {
    const { id, last } = this.tip(stream);
    return this.pages.ofStream(id, from, { last, limit });
  }

  readAll(after: number, limit: number, prefixes: readonly string[] | undefined): RowsReply {
    return this.pages.ofAll(after, limit, prefixes, this.sequence);
  }

  lastRevision(stream: string): number {
    return this.tip(stream).last;
  }

  idAt(stream: string, revision: number): string | undefined {
    const position = this.places.at(this.tip(stream).id, revision);
    return position === undefined ? undefined : this.event(position)?.id;
  }

  /** Only among the latest events: a retry comes soon, and readers of 'any' streams tell duplicates apart anyway. */
  revisionOf(stream: string, id: string): number | undefined {
    for (const position of this.recent.candidates(id)) {
      const found = this.event(position);
      if (found?.id === id && found.stream === this.tip(stream).id) return found.revision;
    }
    return undefined;
  }

  private append({ stream, expected, encoded }: AppendRequest, outcomes: number[]): void {
    const verdict = judgeAppend(
      this,
      stream,
      expected,
      encoded.map(({ id }) => id),
    );
    if (verdict.kind === 'conflict') return void outcomes.push(CONFLICT, verdict.actual === 'none' ? -1 : verdict.actual, 0);
    const last = verdict.from + encoded.length - 1;
    if (verdict.kind === 'repeat') return void outcomes.push(REPEATED, last, this.places.at(this.tip(stream).id, last)!);
    const tip = this.tip(stream);
    for (const event of encoded) this.insert(stream, tip, event);
    outcomes.push(WRITTEN, last, this.sequence);
  }

  private insert(stream: string, tip: Tip, { id, type, metadata, data }: EncodedEvent): void {
    if (tip.id === 0) tip.id = Number(this.sql.create.run(stream).lastInsertRowid);
    tip.last += 1;
    this.sequence += 1;
    this.sql.insert.run(this.sequence, tip.id, tip.last, this.recordedAt, id, type, metadata, data);
    this.places.add({ position: this.sequence, stream: tip.id, revision: tip.last });
    this.recent.add(id, this.sequence);
  }

  private transaction(work: () => void): void {
    this.sql.begin.run();
    try {
      work();
      this.places.write();
      this.sql.commit.run();
    } catch (error) {
      this.undo();
      throw error;
    }
  }

  private event(position: number): { id: string; stream: number; revision: number } | undefined {
    return this.sql.event.get(position) as { id: string; stream: number; revision: number } | undefined;
  }

  private tip(stream: string): Tip {
    const known = this.tips.get(stream);
    if (known) return known;
    const found = this.sql.number.get(stream) as { id: number } | undefined;
    const tip = found ? { id: found.id, last: this.places.last(found.id) } : { id: 0, last: -1 };
    // All at once: taking the oldest from the front of a Map leaves holes that each next look for it walks over.
    if (this.tips.size >= MOST_TIPS) this.tips.clear();
    this.tips.set(stream, tip);
    return tip;
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
    const last = this.database.prepare('SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1').get() as
      | { position: number; recorded_at: number }
      | undefined;
    this.sequence = last?.position ?? 0;
    this.recordedAt = last?.recorded_at ?? 0;
    this.places.load();
    this.recent.clear();
    const latest = this.database.prepare('SELECT position, id FROM events WHERE position > ?1 AND position <= ?1 + ?2 ORDER BY position');
    // In pieces: all of them at once are a heap that the thread never gives back.
    for (let after = this.sequence - RecentPositions.MOST; after < this.sequence; after += LOADED_AT_ONCE)
      for (const { position, id } of latest.all(after, LOADED_AT_ONCE) as { position: number; id: string }[]) this.recent.add(id, position);
  }
}
