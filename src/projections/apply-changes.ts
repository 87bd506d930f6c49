import type { EntityManager } from 'typeorm';
import { type Position, type RecordedEvent, isAfter } from '../domain/kernel/event.js';
import type { Handlers, Projection } from './projection.js';
import { rowOf } from './read-models.js';
import type { Change, Table } from './table.js';
import type { TableSql } from './table-sql.js';

/** What one event does, before any row is looked at. */
export interface Effect {
  readonly event: RecordedEvent;
  readonly changes: readonly Change[];
}
type Applied = { readonly applied: Position };

/** Runs the handlers. They are pure, so this is done before the transaction; what they throw comes out here. */
export const effectsOf = ({ on }: Projection, events: readonly RecordedEvent[]): readonly Effect[] =>
  events.map((event) => {
    const handler = on[event.type as keyof Handlers] as ((event: RecordedEvent) => Change | readonly Change[]) | undefined;
    const changes = handler?.(event) ?? [];
    return { event, changes: Array.isArray(changes) ? (changes as readonly Change[]) : [changes as Change] };
  });

/** Folds a batch into the rows: each row is read once and written once, however many events of the batch change it. */
export const applyEffects = async (
  manager: EntityManager, { tables, oncePerEvent }: Projection, sql: ReadonlyMap<Table, TableSql>, effects: readonly Effect[],
): Promise<void> => {
  const counted = oncePerEvent ? await notSeen(manager, sql.get(oncePerEvent)!, oncePerEvent, effects) : effects;
  for (const table of tables) {
    const byRow = groupByRow(table, counted);
    if (byRow.size === 0) continue;
    // One connection carries the transaction: its statements follow each other.
    // oxlint-disable-next-line no-await-in-loop
    const before = table.appendOnly ? new Map<string, object>() : await loadRows(manager, table, sql.get(table)!, byRow);
    const rows = foldRows(byRow, before, table.appendOnly);
    // oxlint-disable-next-line no-await-in-loop
    if (rows.length > 0) await manager.query(sql.get(table)!.write, [JSON.stringify(rows)]);
  }
};

type Step = Change & { readonly position: Position };

const groupByRow = (table: Table, effects: readonly Effect[]): Map<string, Step[]> => {
  const byRow = new Map<string, Step[]>();
  for (const { event, changes } of effects)
    for (const change of changes) {
      if (change.table !== table) continue;
      const row = JSON.stringify(change.key);
      const step = { ...change, position: event.position };
      const steps = byRow.get(row);
      if (steps) steps.push(step);
      else byRow.set(row, [step]);
    }
  return byRow;
};

const foldRows = (byRow: ReadonlyMap<string, readonly Step[]>, before: ReadonlyMap<string, object>, appendOnly: boolean): readonly object[] => {
  const rows: object[] = [];
  for (const [key, steps] of byRow) {
    const stood = before.get(key) as (object & Applied) | undefined;
    let row: object | undefined = stood;
    let applied = stood?.applied;
    for (const step of appendOnly ? steps.slice(0, 1) : steps) {
      if (applied !== undefined && !isAfter(step.position, applied)) continue;
      row = step.fold(row);
      applied = row && step.position;
    }
    if (row && row !== stood) rows.push(appendOnly ? row : { ...row, applied });
  }
  return rows;
};

const loadRows = async (manager: EntityManager, table: Table, sql: TableSql, byRow: ReadonlyMap<string, readonly Step[]>): Promise<Map<string, object>> => {
  const keys = [...byRow.values()].map(([step]) => Object.fromEntries(table.key.map((name, n) => [name, step!.key[n]])));
  const found = await manager.query<(Record<string, unknown> & Applied)[]>(sql.load, [JSON.stringify(keys)]);
  return new Map(found.map((raw) => {
    const row: Record<string, unknown> = { ...rowOf(table.columns, raw), applied: raw.applied };
    return [JSON.stringify(table.key.map((name) => row[name])), row];
  }));
};

/** Without those whose row is there already, and without repetitions inside the batch. */
const notSeen = async (manager: EntityManager, sql: TableSql, once: Table, effects: readonly Effect[]): Promise<readonly Effect[]> => {
  const keyed = effects.flatMap((effect) => {
    const change = effect.changes.find(({ table }) => table === once);
    return change ? [{ effect, key: JSON.stringify(change.key), values: Object.fromEntries(once.key.map((name, n) => [name, change.key[n]])) }] : [];
  });
  const found = await manager.query<Record<string, unknown>[]>(sql.load, [JSON.stringify(keyed.map(({ values }) => values))]);
  const seen = new Set(found.map((row) => JSON.stringify(once.key.map((name) => row[name]))));
  const rest: Effect[] = [];
  for (const { effect, key } of keyed) {
    if (seen.has(key)) continue;
    seen.add(key);
    rest.push(effect);
  }
  return rest;
};
