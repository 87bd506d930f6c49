import { Injectable } from '@nestjs/common';
import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { isMissingTable, isTransient } from './database-problem.js';
import { pause } from './pause.js';
import { type Projection, tableName } from './projection.js';
import { ReadDatabase, ReadModelUnavailable } from './read-database.js';
import { type Column, type Columns, type RowOf, type Table, columnName } from './table.js';

export interface PageRequest {
  /** The `next` of the page before; absent for the first. */
  readonly cursor?: string | undefined;
  /** 1 to 200; 50 when absent. */
  readonly limit?: number | undefined;
}
export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; absent when this is the last page. */
  readonly next?: string;
}
/** SQL over the row `r`, with its parameters; undefined asks for nothing. */
export type Condition = readonly [sql: string, parameters?: Readonly<Record<string, unknown>>] | undefined;

/** One of the columns contains the text, in any case; the text's own wildcards mean themselves. */
export const containing = (text: string | undefined, ...columns: readonly string[]): Condition => {
  if (text === undefined || text === '') return undefined;
  const search = `%${text.replace(/[\\%_]/g, (wildcard) => `\\${wildcard}`)}%`;
  return [`(${columns.map((name) => `r.${columnName(name)} ILIKE :search`).join(' OR ')})`, { search }];
};

/** Said where a read crosses tenants on purpose; no text a caller could send is equal to it. */
export const EVERY_TENANT = Symbol('every tenant');

/** A row as it is asked for: without the columns that hold nothing. */
export type Found<C extends Columns> =
  & { readonly [K in keyof C as null extends RowOf<C>[K] ? never : K]: RowOf<C>[K] }
  & { readonly [K in keyof C as null extends RowOf<C>[K] ? K : never]?: Exclude<RowOf<C>[K], null> };

type Listed = Columns & { readonly tenant: Column<string>; readonly position: Column<string> };
export interface Source<C extends Columns> {
  readonly of: Projection;
  readonly table: Table<C, never>;
  readonly tenant: string | typeof EVERY_TENANT;
  /** What columns have to hold; undefined asks for nothing. */
  readonly equal?: { readonly [K in keyof NoInfer<C>]?: RowOf<C>[K] | undefined };
  readonly where?: readonly Condition[];
}

const DEFAULT_LIMIT = 50;
export const MOST_ROWS = 200;
/** A read model that is being built for the first time is waited for, but not for ever. */
const ATTEMPTS = 50;
const MILLISECONDS_BETWEEN = 100;
/** A database that says nothing keeps nobody longer. */
const MILLISECONDS_TO_ANSWER = 5_000;

/** Rows of read models, always of one tenant. Rejects with ReadModelUnavailable while they can't be had. */
@Injectable()
export class ReadModels {
  constructor(private readonly database: ReadDatabase) {}

  /** Newest first, by the place in the ledger where a row began. Only that place is in the cursor: no two rows share one. */
  async page<C extends Listed>(source: Source<C>, { cursor, limit = DEFAULT_LIMIT }: PageRequest): Promise<Page<Found<C>>> {
    const most = Math.min(Math.max(1, Math.trunc(limit)), MOST_ROWS);
    const rows = await this.select(source, (query) => {
      if (cursor !== undefined) query.andWhere('r.position < :cursor', { cursor });
      query.orderBy('r.position', 'DESC').limit(most + 1);
    });
    const items = rows.slice(0, most);
    return rows.length > most ? { items, next: (items.at(-1) as RowOf<Listed>).position } : { items };
  }

  async all<C extends Columns>(source: Source<C>): Promise<readonly Found<C>[]> {
    return this.select(source, () => undefined);
  }

  private async select<C extends Columns>({ of, table, tenant, equal = {}, where = [] }: Source<C>, shape: (query: SelectQueryBuilder<object>) => unknown) {
    return this.ask(async (source) => {
      const query = source.createQueryBuilder().from<object>(tableName(table, of), 'r').select([]);
      for (const name of Object.keys(table.columns)) query.addSelect(`r.${columnName(name)}`, name);
      if (tenant !== EVERY_TENANT) query.where('r.tenant = :tenant', { tenant });
      for (const [name, value] of Object.entries(equal)) if (value !== undefined) query.andWhere(`r.${columnName(name)} = :${name}`, { [name]: value });
      for (const condition of where) if (condition) query.andWhere(...(condition as [string, object?]));
      shape(query);
      return (await query.getRawMany<Record<string, unknown>>()).map((row) => found(table.columns, row));
    });
  }

  private async ask<T>(question: (source: DataSource) => Promise<T>): Promise<T> {
    const source = await this.database.dataSource();
    for (let attempt = 1; ; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        return await inTime(question(source));
      } catch (error) {
        if (isTransient(error)) throw new ReadModelUnavailable('the read models can\'t be asked now', { cause: error });
        if (!isMissingTable(error)) throw error;
        if (attempt === ATTEMPTS) throw new ReadModelUnavailable('the read model is being built', { cause: error });
      }
      // oxlint-disable-next-line no-await-in-loop
      await pause(MILLISECONDS_BETWEEN);
    }
  }
}

const inTime = async <T>(answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ReadModelUnavailable('the read-model database does not answer')), MILLISECONDS_TO_ANSWER);
  });
  // Whatever becomes of it then, nobody waits for it any more.
  answer.catch(() => undefined);
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
};

/** What the driver gave, as the declared types. */
export const rowOf = <C extends Columns>(columns: C, raw: Readonly<Record<string, unknown>>): RowOf<C> =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.read(raw[name])])) as RowOf<C>;

const found = <C extends Columns>(columns: C, raw: Readonly<Record<string, unknown>>): Found<C> =>
  Object.fromEntries(Object.entries(rowOf(columns, raw)).filter(([, value]) => value !== null)) as unknown as Found<C>;
