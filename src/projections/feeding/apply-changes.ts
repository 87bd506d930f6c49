import type { EntityManager } from 'typeorm';
import { type Position, type RecordedEvent, isAfter } from '../../domain/kernel/event.js';
import type { Handlers, Projection } from '../projection.js';
import { rowOf } from '../read-models.js';
import type { Change, Table } from '../table.js';
import { type AppendTarget, type Effect, appendRows, newRows, rowKey } from './append-rows.js';
import type { KnownRows, StandingRow } from './known-rows.js';
import { SLICE, nextTurn, slices } from './slices.js';
import type { TableSql } from './table-sql.js';

export interface Target extends AppendTarget {
  readonly projection: Projection;
  readonly sql: ReadonlyMap<Table, TableSql>;
  readonly known: KnownRows;
}

/** Rows of one statement: each costs the database a millisecond before its first row. While it works on them the next are made. */
const ROWS_AT_ONCE = 2_000;

/** Runs the handlers; throws what they throw. */
export const effectsOf = async ({ on }: Projection, events: readonly RecordedEvent[]): Promise<readonly Effect[]> => {
  const effects: Effect[] = [];
  for (const slice of slices(events, SLICE)) {
    for (const event of slice) {
      const handler = on[event.type as keyof Handlers] as ((event: RecordedEvent) => Change | readonly Change[]) | undefined;
      const changes = handler?.(event) ?? [];
      effects.push({ event, changes: Array.isArray(changes) ? (changes as readonly Change[]) : [changes as Change] });
    }
    await nextTurn(); // oxlint-disable-line no-await-in-loop
  }
  return effects;
};

/** Handlers and rows in one go. Throws what a handler throws, and with `allNew` what `isRepetition` knows. */
export const applyOnce = async (target: Target, events: readonly RecordedEvent[]): Promise<void> => applyEffects(target, await countedEffects(target, events));

/** Folds a batch into the rows: each row is read at most once and written once, however many events of the batch change it. */
export const applyEffects = async (target: Target, effects: readonly Effect[]): Promise<void> => {
  const { manager, projection: { tables, oncePerEvent }, sql, known } = target;
  for (const table of tables) {
    if (table === oncePerEvent) continue;
    const statements = sql.get(table)!;
    // One connection carries the transaction: its statements follow each other.
    /* oxlint-disable no-await-in-loop */
    const byRow = groupByRow(table, effects);
    if (byRow.size === 0) continue;
    const standing = known.of(table);
    const unread = [...byRow].filter(([key]) => !standing.has(key)).map(([, [step]]) => step!.change.key);
    if (unread.length > 0) await readRows({ manager, table, sql: statements }, unread, standing);
    const rows = foldRows(byRow, standing);
    for (const slice of slices(rows, ROWS_AT_ONCE)) await manager.query(statements.write, [JSON.stringify(slice)]);
    /* oxlint-enable no-await-in-loop */
  }
};

/** What was counted already does nothing more: only events whose row is new go on to the other tables. */
const countedEffects = async (target: Target, events: readonly RecordedEvent[]): Promise<readonly Effect[]> => {
  const { projection, projection: { oncePerEvent }, sql } = target;
  const counted: Effect[] = [];
  let before: Promise<readonly Effect[]> = Promise.resolve([]);
  try {
    for (const some of slices(events, ROWS_AT_ONCE)) {
      /* oxlint-disable no-await-in-loop */
      const wanted = newRows(oncePerEvent!, await effectsOf(projection, some));
      counted.push(...(await before));
      before = appendRows(target, oncePerEvent!, sql.get(oncePerEvent!)!, wanted);
      // Its failure is met by the await above, one round later.
      before.catch(() => undefined);
      /* oxlint-enable no-await-in-loop */
    }
    counted.push(...(await before));
    return counted;
  } finally {
    // What is under way still belongs to this transaction: after its end it would write on its own.
    await before.catch(() => undefined);
  }
};

interface Step {
  readonly change: Change;
  readonly position: Position;
}
type Rows = ReadonlyMap<string, readonly Step[]>;

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

/** Changes the standing rows, and gives those that have changed. */
const foldRows = (byRow: Rows, standing: Map<string, StandingRow>): readonly object[] => {
  const rows: object[] = [];
  for (const [key, steps] of byRow) {
    let row = standing.get(key);
    let applied = row?.applied;
    let changed = false;
    for (const { change, position } of steps) {
      if (applied !== undefined && !isAfter(position, applied)) continue;
      row = change.fold(row) as StandingRow | undefined;
      applied = row && position;
      changed = true;
    }
    if (!row || !changed) continue;
    row.applied = applied;
    standing.set(key, row);
    rows.push(row);
  }
  return rows;
};

const readRows = async (at: { manager: EntityManager; table: Table; sql: TableSql }, keys: readonly (readonly string[])[], standing: Map<string, StandingRow>): Promise<void> => {
  const { manager, table, sql } = at;
  const wanted = keys.map((key) => Object.fromEntries(table.key.map((name, n) => [name, key[n]])));
  for (const raw of await manager.query<(StandingRow & { applied: Position })[]>(sql.load, [JSON.stringify(wanted)])) {
    const row: StandingRow = { ...rowOf(table.columns, raw), applied: raw.applied };
    standing.set(rowKey(table.key.map((name) => row[name])), row);
  }
};
