import type { EntityManager } from 'typeorm';
import { type Position, type RecordedEvent, isAfter } from '../domain/kernel/event.js';
import type { Handlers, Projection } from './projection.js';
import { rowOf } from './read-models.js';
import type { Change, Table } from './table.js';
import type { TableSql } from './table-sql.js';

/** What one event does, before any row is looked at. */
interface Effect {
  readonly event: RecordedEvent;
  readonly changes: readonly Change[];
}
type Applied = { readonly applied: Position };
export interface Target {
  readonly manager: EntityManager;
  readonly projection: Projection;
  readonly sql: ReadonlyMap<Table, TableSql>;
}

/** So many at a time: while the database works on one slice the next is made, and the thread answers others in between. */
const SLICE = 500;

/**
 * Folds a batch into the rows: each row is read once and written once, however many events of the batch change it.
 * Throws what a handler throws.
 */
export const applyEvents = async (target: Target, events: readonly RecordedEvent[]): Promise<void> => {
  const { manager, projection: { tables, oncePerEvent }, sql } = target;
  const effects = await countedEffects(target, events);
  for (const table of tables) {
    if (table === oncePerEvent) continue;
    const statements = sql.get(table)!;
    // One connection carries the transaction: its statements follow each other.
    /* oxlint-disable no-await-in-loop */
    const byRow = groupByRow(table, effects);
    if (byRow.size === 0) continue;
    const rows = foldRows(byRow, await loadRows(manager, table, statements, byRow));
    for (const slice of slices(rows)) await manager.query(statements.write, [JSON.stringify(slice)]);
    /* oxlint-enable no-await-in-loop */
  }
};

/** Runs the handlers. What was counted already does nothing more: only events whose row is new go on to the other tables. */
const countedEffects = async ({ manager, projection, sql }: Target, events: readonly RecordedEvent[]): Promise<readonly Effect[]> => {
  const { oncePerEvent } = projection;
  const counted: Effect[] = [];
  let before: Promise<readonly Effect[]> = Promise.resolve([]);
  for (const slice of slices(events)) {
    const effects = effectsOf(projection, slice);
    const wanted = oncePerEvent && newRows(oncePerEvent, effects);
    // oxlint-disable-next-line no-await-in-loop
    counted.push(...(await before));
    before = wanted ? append(manager, oncePerEvent, sql.get(oncePerEvent)!, wanted) : Promise.resolve(effects);
    // Its failure is met by the await above, a slice later.
    before.catch(() => undefined);
    // What was asked leaves only now; the next slice is made while the database works on it.
    // oxlint-disable-next-line no-await-in-loop
    await nextTurn();
  }
  counted.push(...(await before));
  return counted;
};

const effectsOf = ({ on }: Projection, events: readonly RecordedEvent[]): readonly Effect[] =>
  events.map((event) => {
    const handler = on[event.type as keyof Handlers] as ((event: RecordedEvent) => Change | readonly Change[]) | undefined;
    const changes = handler?.(event) ?? [];
    return { event, changes: Array.isArray(changes) ? (changes as readonly Change[]) : [changes as Change] };
  });

interface NewRows {
  /** By row: of repetitions, the first. */
  readonly effects: ReadonlyMap<string, Effect>;
  readonly json: string;
}
const newRows = (table: Table, effects: readonly Effect[]): NewRows => {
  const first = new Map<string, Effect>();
  const rows: unknown[] = [];
  for (const effect of effects)
    for (const change of effect.changes) {
      if (change.table !== table) continue;
      const key = rowKey(change.key);
      if (first.has(key)) continue;
      first.set(key, effect);
      rows.push(change.fold(undefined));
    }
  return { effects: first, json: JSON.stringify(rows) };
};

/** Adds what the table does not have yet, and gives the effects whose row is new. */
const append = async (manager: EntityManager, table: Table, { write, load }: TableSql, { effects, json }: NewRows): Promise<readonly Effect[]> => {
  if (effects.size === 0) return [];
  const { affected } = await manager.queryRunner!.query(write, [json], true);
  if (affected === effects.size) return [...effects.values()];
  // Some were there. A row of another place in the ledger is not the one that was added now.
  const places = new Map((await manager.query<Record<string, unknown>[]>(load, [json])).map((row) => [rowKey(table.key.map((name) => row[name])), row['position']]));
  return [...effects].flatMap(([key, effect]) => (places.get(key) === effect.event.position ? [effect] : []));
};

function* slices<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += SLICE) yield all.slice(at, at + SLICE);
}
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Step {
  readonly change: Change;
  readonly position: Position;
}
type Rows = ReadonlyMap<string, readonly Step[]>;

/** No id has a NUL in it: PostgreSQL would not take it. */
const rowKey = (key: readonly unknown[]): string => key.join('\0');

const groupByRow = (table: Table, effects: readonly Effect[]): Rows => {
  const byRow = new Map<string, Step[]>();
  for (const { event: { position }, changes } of effects)
    for (const change of changes) {
      if (change.table !== table) continue;
      const row = rowKey(change.key);
      const steps = byRow.get(row);
      if (steps) steps.push({ change, position });
      else byRow.set(row, [{ change, position }]);
    }
  return byRow;
};

const foldRows = (byRow: Rows, before: ReadonlyMap<string, object & Applied>): readonly object[] => {
  const rows: object[] = [];
  for (const [key, steps] of byRow) {
    const stood = before.get(key);
    let row: object | undefined = stood;
    let applied = stood?.applied;
    for (const { change, position } of steps) {
      if (applied !== undefined && !isAfter(position, applied)) continue;
      row = change.fold(row);
      applied = row && position;
    }
    if (row && row !== stood) rows.push({ ...row, applied });
  }
  return rows;
};

const loadRows = async (manager: EntityManager, table: Table, sql: TableSql, byRow: Rows): Promise<ReadonlyMap<string, object & Applied>> => {
  const keys = [...byRow.values()].map(([step]) => Object.fromEntries(table.key.map((name, n) => [name, step!.change.key[n]])));
  const found = await manager.query<(Record<string, unknown> & Applied)[]>(sql.load, [JSON.stringify(keys)]);
  return new Map(found.map((raw) => {
    const row: Record<string, unknown> & Applied = { ...rowOf(table.columns, raw), applied: raw.applied };
    return [rowKey(table.key.map((name) => row[name])), row];
  }));
};
