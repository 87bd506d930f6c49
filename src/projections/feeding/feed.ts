import type { DataSource, EntityManager } from 'typeorm';
import { type Position, type RecordedEvent, START, isAfter } from '../../domain/kernel/event.js';
import { isMissingTable, isRepetition, isTooLong, isTransient, sqlStateOf } from '../database-problem.js';
import { pause } from '../pause.js';
import type { Build, Projection } from '../projection.js';
import type { Table } from '../table.js';
import { applyEffects, applyOnce, effectsOf } from './apply-changes.js';
import { KnownRows } from './known-rows.js';
import { landmarkIn } from './landmark.js';
import { type Registration, indexBuild, switchBuild } from './registry.js';
import { type TableSql, tableSql } from './table-sql.js';

/** Somebody else has moved the place that this feed believed to be its own. It has written nothing. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}
/** Within a transaction: how long whoever asks may take says nothing of how long it takes to write what is there. */
const TAKE_YOUR_TIME = 'SET LOCAL statement_timeout = 0';
const ATTEMPTS = 3;
const MILLISECONDS_BETWEEN = 50;

/** Applies events to one build of one projection: rows and place in one transaction, so that each event counts once. */
export class Feed {
  id: string;
  build: Build;
  position: Position;
  private origin: string;
  private landmark: string;
  private readonly handled: ReadonlySet<string>;
  private sql: ReadonlyMap<Table, TableSql>;
  private readonly known = new KnownRows();
  /** The server has ended a statement for its length. */
  private isHurried = false;

  /** Streams that are set aside. */
  parked: Set<string>;

  constructor(readonly projection: Projection, registration: Registration, private readonly source: DataSource) {
    this.id = registration.id;
    this.build = registration.build;
    this.position = registration.position;
    this.origin = registration.origin;
    this.landmark = registration.landmark;
    this.parked = new Set(registration.parked);
    this.handled = new Set(Object.keys(projection.on));
    this.sql = this.statements();
  }

  /** Remembers where in the ledger this is, by what comes next there, whatever it is: nothing may be left out of it. */
  look(events: readonly RecordedEvent[]): void {
    if (this.position === START && this.origin === '') this.origin = events[0]?.id ?? '';
    this.landmark = landmarkIn(events, this.position) ?? this.landmark;
  }

  /** Of what comes next, what changes rows here. */
  take(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    const from = events.findIndex(({ position }) => isAfter(position, this.position));
    if (from < 0) return [];
    return events.slice(from).filter(({ type, stream }) => this.handled.has(type) && !this.parked.has(stream));
  }

  /**
   * Applies the events and moves to `position`. An event that can't be applied, also not on its own and again, has its
   * stream set aside, and the others go on. Rejects with Fenced, and with what `isTransient` knows.
   */
  async apply(events: readonly RecordedEvent[], position: Position): Promise<void> {
    try {
      await this.commit(events, position);
    } catch (error) {
      if (!isPoison(error)) throw error;
      if (events.length <= 1) return this.again(events[0]!, position);
      const half = Math.ceil(events.length / 2);
      await this.apply(events.slice(0, half), events[half - 1]!.position);
      // The first half may have set the stream aside that the second one goes on with.
      const rest = this.take(events.slice(half));
      await (rest.length > 0 ? this.apply(rest, position) : this.pass(position));
    }
  }

  /** Moves on over events that change nothing here. */
  async pass(position: Position): Promise<void> {
    await this.move(this.source.manager, position);
    this.position = position;
  }

  /** Takes over from the database how another process left it, so that this one can go on from there. */
  stands({ id, build, position, origin, landmark, parked }: Registration): void {
    Object.assign(this, { id, build, position, origin, landmark, parked: new Set(parked) });
    this.known.forget();
    this.sql = this.statements();
  }

  /** Becomes what is served, where another process may have brought or even switched it meanwhile. Rejects with Fenced when another build was faster. */
  async serve(): Promise<void> {
    await this.source.transaction((manager) => manager.query(TAKE_YOUR_TIME).then(() => indexBuild(manager, this.projection))).catch((error: unknown) => {
      // The tables of a build that was switched have other names.
      if (!isMissingTable(error)) throw error;
    });
    const served = await this.source.transaction((manager) => switchBuild(manager, this.projection, this.id));
    if (!served) throw this.fenced();
    this.stands(served);
  }

  private async again(event: RecordedEvent, position: Position): Promise<void> {
    for (let attempt = 2; ; attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await pause(MILLISECONDS_BETWEEN);
      try {
        // oxlint-disable-next-line no-await-in-loop
        return await this.commit([event], position);
      } catch (error) {
        if (!isPoison(error)) throw error;
        if (attempt === ATTEMPTS) return this.park(event, position, error as Error);
      }
    }
  }

  /** That an event stands twice is rare: it is believed that none does, until the database knows better. */
  private async commit(events: readonly RecordedEvent[], position: Position): Promise<void> {
    await this.attempt(events, position, true).catch((error: unknown) => {
      if (!isRepetition(error)) throw error;
      return this.attempt(events, position, false);
    });
    this.position = position;
  }

  private async attempt(events: readonly RecordedEvent[], position: Position, allNew: boolean): Promise<void> {
    const { projection, sql, known } = this;
    // Before the transaction: on PGlite the others have the one session meanwhile.
    const effects = projection.oncePerEvent ? undefined : await effectsOf(projection, events);
    try {
      await this.source.transaction(async (manager) => {
        if (this.isHurried) await manager.query(TAKE_YOUR_TIME);
        await this.move(manager, position);
        const target = { manager, projection, sql, known, allNew, isBuilding: this.build === 'next' };
        await (effects ? applyEffects(target, effects) : applyOnce(target, events));
      });
    } catch (error) {
      known.forget();
      if (!isTooLong(error) || this.isHurried) throw error;
      // Tried again as it is, it would be ended again.
      this.isHurried = true;
      await this.attempt(events, position, allNew);
    }
  }

  /** First in the transaction: a second runner waits here for the first to commit, and then finds nothing to move. */
  private async move(manager: EntityManager, position: Position): Promise<void> {
    const [, moved] = await manager.query<[unknown, number]>(
      `UPDATE projection SET position = $2, origin = $4, landmark = $5 WHERE id = $1 AND position = $3 AND build = $6`,
      [this.id, position, this.position, this.origin, this.landmark, this.build]);
    if (moved === 0) throw this.fenced();
  }

  private fenced(): Fenced {
    return new Fenced(`${this.projection.name} is fed by another process`);
  }

  private async park({ stream, position: at, id, type }: RecordedEvent, position: Position, cause: Error): Promise<void> {
    await this.source.transaction(async (manager) => {
      await this.move(manager, position);
      // The message of a driver may quote the value that it choked on, and values stay out of operators' tables.
      const reason = sqlStateOf(cause) === undefined ? `${cause.name} in the handler` : `SQLSTATE ${sqlStateOf(cause)}`;
      await manager.query(`INSERT INTO parked (projection_id, stream, position, event_id, event_type, reason) VALUES ($1, $2, $3, $4, $5, $6)`,
        [this.id, stream, at, id, type, reason]);
    });
    this.position = position;
    this.parked.add(stream);
  }

  private statements(): ReadonlyMap<Table, TableSql> {
    return new Map(this.projection.tables.map((table) => [table, tableSql(table, this.projection, this.build)]));
  }
}

/** Tables that are gone are no fault of an event: the database has been emptied, or another version has taken over. */
const isPoison = (error: unknown): boolean =>
  !(error instanceof Fenced) && !isTransient(error) && !isMissingTable(error);
