import type { EntityManager } from 'typeorm';
import type { Position } from '../../domain/kernel/event.js';
import { type Build, type Projection, tableName } from '../projection.js';
import { indexSql, tableSql } from './table-sql.js';

/** The build of one version of a read model, as the database knows it. */
export interface Registration {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly build: Build;
  readonly position: Position;
  /** Id of the ledger's first event: with another ledger, its rows are about something else. Empty before the first. */
  readonly origin: string;
  /** What stood where, when this build looked last (landmark.ts). */
  readonly landmark: string;
  readonly tables: readonly string[];
  /** Streams that are set aside. */
  readonly parked: readonly string[];
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS projection (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, version integer NOT NULL, build text NOT NULL,
    position text COLLATE "C" NOT NULL, origin text NOT NULL, tables text[] NOT NULL, UNIQUE (name, version, build))`,
  `CREATE TABLE IF NOT EXISTS parked (
    projection_id bigint NOT NULL REFERENCES projection ON DELETE CASCADE, stream text NOT NULL, position text COLLATE "C" NOT NULL,
    event_id text NOT NULL, event_type text NOT NULL, reason text NOT NULL, PRIMARY KEY (projection_id, stream))`,
  // Builds of before it was there have none.
  `ALTER TABLE projection ADD COLUMN IF NOT EXISTS landmark text COLLATE "C" NOT NULL DEFAULT ''`,
];

/** Holds other processes off until the transaction ends: tables are made, switched and dropped by one at a time. */
export const lockRegistry = (manager: EntityManager): Promise<unknown> => manager.query(`SELECT pg_advisory_xact_lock(hashtext('mandate projections'))`);

export const createRegistry = async (manager: EntityManager): Promise<void> => {
  for (const sql of TABLES) await manager.query(sql); // oxlint-disable-line no-await-in-loop
};

const REGISTRATION = 'SELECT id, name, version, build, position, origin, landmark, tables, ARRAY(SELECT stream FROM parked WHERE projection_id = id) AS parked FROM projection';

export const registrations = (manager: EntityManager): Promise<readonly Registration[]> => manager.query(`${REGISTRATION} ORDER BY id`);

/**
 * Empty tables beside what is served, and their place: the ledger's beginning. Replaces a build that was under way. That no
 * event counts twice is believed until the build is to be served, unless it is `careful`: then each row is looked up.
 */
export const beginBuild = async (manager: EntityManager, projection: Projection, isCareful = false): Promise<Registration> => {
  const { name, version } = projection;
  const tables = projection.tables.map((table) => tableName(table, projection, 'next'));
  await manager.query(`DELETE FROM projection WHERE name = $1 AND version = $2 AND build = 'next'`, [name, version]);
  await drop(manager, tables);
  for (const table of projection.tables) {
    const { create, createBare } = tableSql(table, projection, 'next');
    await manager.query(table === projection.oncePerEvent && !isCareful ? createBare : create); // oxlint-disable-line no-await-in-loop
  }
  const [row] = await manager.query<[{ id: string }]>(
    `INSERT INTO projection (name, version, build, position, origin, tables) VALUES ($1, $2, 'next', '', '', $3) RETURNING id`, [name, version, tables]);
  return { id: row.id, name, version, build: 'next', position: '', origin: '', landmark: '', tables, parked: [] };
};

/** False when somebody has dropped one of its tables. */
export const hasTables = async (manager: EntityManager, { tables }: Registration): Promise<boolean> => {
  const [row] = await manager.query<[{ there: number }]>(`SELECT count(*)::int AS there FROM unnest($1::text[]) AS t(name) WHERE to_regclass(quote_ident(t.name)) IS NOT NULL`, [tables]);
  return row.there === tables.length;
};

/** Forgets a build with its rows. One that is gone already has left its tables' names to another. */
export const dropBuild = async (manager: EntityManager, { id, tables }: Pick<Registration, 'id' | 'tables'>): Promise<void> => {
  const [, forgotten] = await manager.query<[unknown, number]>(`DELETE FROM projection WHERE id = $1`, [id]);
  if (forgotten > 0) await drop(manager, tables);
};

/**
 * What finds rows in a build, now that they are in place: apart from the switch, since nobody who reads what is served may wait
 * for it. Rejects with what `isRepetition` knows when an event stands twice in a build that was not careful.
 */
export const indexBuild = async (manager: EntityManager, projection: Projection): Promise<void> => {
  for (const table of projection.tables) {
    const name = tableName(table, projection, 'next');
    /* oxlint-disable no-await-in-loop */
    await manager.query(`LOCK TABLE ${name} IN SHARE ROW EXCLUSIVE MODE`);
    const [{ indexes }] = await manager.query<[{ indexes: number }]>(`SELECT count(*)::int AS indexes FROM pg_index WHERE indrelid = $1::regclass`, [name]);
    const key = indexes === 0 ? [tableSql(table, projection, 'next').addKey] : [];
    // All or none of them: it is asked again when the switch has failed.
    for (const sql of [...key, ...(indexes > 1 ? [] : indexSql(table, projection)), `ANALYZE ${name}`]) await manager.query(sql);
    /* oxlint-enable no-await-in-loop */
  }
};

/**
 * The build takes the place of what is served, and all other versions are dropped: in one transaction, so that a reader sees
 * the one or the other. Gives how it stands then; undefined when another has dropped it.
 */
export const switchBuild = async (manager: EntityManager, projection: Projection, id: string): Promise<Registration | undefined> => {
  await lockRegistry(manager);
  const { name } = projection;
  const rows = await manager.query<Registration[]>(`${REGISTRATION} WHERE name = $1 FOR UPDATE`, [name]);
  const mine = rows.find((row) => row.id === id);
  if (!mine || mine.build === 'serving') return mine;
  for (const row of rows) if (row !== mine) await dropBuild(manager, row); // oxlint-disable-line no-await-in-loop
  for (const table of projection.tables) await manager.query(`ALTER TABLE ${tableName(table, projection, 'next')} RENAME TO ${tableName(table, projection)}`); // oxlint-disable-line no-await-in-loop
  const tables = projection.tables.map((table) => tableName(table, projection));
  await manager.query(`UPDATE projection SET build = 'serving', tables = $2 WHERE id = $1`, [id, tables]);
  return { ...mine, build: 'serving', tables };
};

const drop = async (manager: EntityManager, tables: readonly string[]): Promise<void> => {
  for (const table of tables) await manager.query(`DROP TABLE IF EXISTS "${table.replaceAll('"', '""')}"`); // oxlint-disable-line no-await-in-loop
};
