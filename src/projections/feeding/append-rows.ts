import type { EntityManager } from 'typeorm';
import type { RecordedEvent } from '../../domain/kernel/event.js';
import type { CopyingConnection } from '../read-database.js';
import type { Change, Table } from '../table.js';
import { copyText } from './copy-text.js';
import { SLICE, nextTurn, slices } from './slices.js';
import type { TableSql } from './table-sql.js';

/** No id has a NUL in it: PostgreSQL would not take it. */
export const rowKey = (key: readonly unknown[]): string => key.join('\0');

/** Below this COPY's second way to the server and back costs more than it saves. */
const LEAST_TO_COPY = 50;

/** What one event does, before any row is looked at. */
export interface Effect {
  readonly event: RecordedEvent;
  readonly changes: readonly Change[];
}

/** Rows for an append-only table, each with the effect that it comes from. */
export interface NewRows {
  /** By row: of repetitions, the first. */
  readonly effects: ReadonlyMap<string, Effect>;
  readonly rows: readonly object[];
}

export const newRows = (table: Table, effects: readonly Effect[]): NewRows => {
  const first = new Map<string, Effect>();
  const rows: object[] = [];
  for (const effect of effects)
    for (const change of effect.changes) {
      if (change.table !== table) continue;
      const key = rowKey(change.key);
      if (first.has(key)) continue;
      first.set(key, effect);
      rows.push(change.fold(undefined)!);
    }
  return { effects: first, rows };
};

export interface AppendTarget {
  readonly manager: EntityManager;
  /** Nothing of this has been counted yet, so it is believed. */
  readonly allNew: boolean;
  /** The table may have no key yet. */
  readonly isBuilding: boolean;
}

/**
 * Adds what the table does not have yet, and gives the effects whose row is new. With `allNew` it is believed that none is
 * there, which is far cheaper, and rejects with what `isRepetition` knows when that was wrong and the table has its key.
 */
export const appendRows = async ({ manager, allNew, isBuilding }: AppendTarget, table: Table, sql: TableSql, wanted: NewRows): Promise<readonly Effect[]> => {
  const { effects, rows } = wanted;
  if (rows.length === 0) return [];
  if (allNew && (isBuilding || rows.length >= LEAST_TO_COPY)) {
    const texts: string[] = [];
    for (const slice of slices(rows, SLICE)) {
      texts.push(copyText(table.columns, slice));
      await nextTurn(); // oxlint-disable-line no-await-in-loop
    }
    const connection = (await manager.queryRunner!.connect()) as CopyingConnection;
    await connection.copyRows(sql.copy, texts.join(''));
    return [...effects.values()];
  }
  const json = JSON.stringify(rows);
  const { affected } = await manager.queryRunner!.query(sql.write, [json], true);
  if (affected === rows.length) return [...effects.values()];
  // Some were there. A row of another place in the ledger is not the one that was added now.
  const found = await manager.query<Record<string, unknown>[]>(sql.load, [json]);
  const places = new Map(found.map((row) => [rowKey(table.key.map((name) => row[name])), row['position']]));
  return [...effects].flatMap(([key, effect]) => (places.get(key) === effect.event.position ? [effect] : []));
};
