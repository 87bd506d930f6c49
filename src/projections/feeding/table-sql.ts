import { type Build, type Projection, tableName } from '../projection.js';
import { type Column, type Table, columnName } from '../table.js';

/** The statements of one table of one build. Values travel as one JSON text, however many rows there are. */
export interface TableSql {
  readonly create: string;
  /** The same without its key, which is added when the rows are in place: to look each of them up would cost more than all else. */
  readonly createBare: string;
  /** Fails when two rows have the same. */
  readonly addKey: string;
  /** $1: JSON list of objects with the key's members. */
  readonly load: string;
  /** $1: JSON list of rows, each with `applied`. What an append-only table has stays as it is. */
  readonly write: string;
  /** COPY of rows without `applied`, in the order of `columns`. Fails when one is there already. */
  readonly copy: string;
}

/** Place of the last event that changed the row: what was applied already is not applied again. */
const APPLIED: Stored = { type: 'text', nullable: false, bytewise: true };
type Stored = Pick<Column, 'type' | 'nullable' | 'bytewise'>;

const collated = ({ type, bytewise }: Stored): string => (bytewise ? `${type} COLLATE "C"` : type);
const list = (names: readonly string[], one: (name: string) => string): string => names.map(one).join(', ');

export const tableSql = (table: Table, projection: Projection, build: Build): TableSql => {
  const stored: Readonly<Record<string, Stored>> = { ...table.columns, ...(table.appendOnly ? {} : { applied: APPLIED }) };
  const name = tableName(table, projection, build);
  const columns = Object.keys(stored);
  const key = list(table.key, columnName);
  const record = (names: readonly string[]): string =>
    `json_to_recordset($1::json) AS v(${list(names, (column) => `"${column}" ${stored[column]!.type}`)})`;
  const others = columns.filter((column) => !table.key.includes(column));
  const conflict = table.appendOnly ? 'NOTHING' : `UPDATE SET ${list(others, (column) => `${columnName(column)} = excluded.${columnName(column)}`)}`;
  const declared = list(columns, (column) => `${columnName(column)} ${collated(stored[column]!)}${stored[column]!.nullable ? '' : ' NOT NULL'}`);
  return {
    create: `CREATE TABLE ${name} (${declared}, PRIMARY KEY (${key}))`,
    createBare: `CREATE TABLE ${name} (${declared})`,
    addKey: `ALTER TABLE ${name} ADD PRIMARY KEY (${key})`,
    load: `SELECT ${list(columns, (column) => `r.${columnName(column)} AS "${column}"`)} FROM ${record(table.key)}
      JOIN ${name} r ON ${table.key.map((column) => `r.${columnName(column)} = v."${column}"`).join(' AND ')}`,
    write: `INSERT INTO ${name} (${list(columns, columnName)}) SELECT ${list(columns, (column) => `v."${column}"`)} FROM ${record(columns)}
      ON CONFLICT (${key}) DO ${conflict}`,
    copy: `COPY ${name} (${list(Object.keys(table.columns), columnName)}) FROM STDIN`,
  };
};

/** Made when the rows are in place: a table is filled several times faster without them. */
export const indexSql = (table: Table, projection: Projection): readonly string[] =>
  table.indexes.map((columns) => `CREATE INDEX ON ${tableName(table, projection, 'next')} (${list(columns, columnName)})`);
