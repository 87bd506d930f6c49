/** How a value of a row stands in a column. */
export interface Column<T = unknown> {
  readonly type: 'text' | 'uuid' | 'text[]' | 'bigint' | 'boolean' | 'jsonb';
  readonly nullable: boolean;
  /** Compared byte by byte, whatever the database's locale: ids, places in the ledger, moments in ISO 8601. */
  readonly bytewise: boolean;
  /** From what the driver gives. */
  read(value: unknown): T;
}
export type Columns = Readonly<Record<string, Column>>;
export type RowOf<C extends Columns> = { readonly [K in keyof C]: ReturnType<C[K]['read']> };

const column = <T>(type: Column['type'], read: (value: unknown) => T = (value) => value as T): Column<T> => ({ type, nullable: false, bytewise: false, read });

/** What people read and search in; compared as the database's locale has it. */
export const prose = (): Column<string> => column<string>('text');
/** An id, a word of a vocabulary, a URI. */
export const text = <T extends string = string>(): Column<T> => ({ ...column<T>('text'), bytewise: true });
/** An event's id. */
export const uuid = (): Column<string> => column<string>('uuid');
/** A ledger position or an ISO 8601 moment in UTC: its text order is its order. */
export const ordered = (): Column<string> => text();
export const texts = (): Column<readonly string[]> => column('text[]');
export const flag = (): Column<boolean> => column('boolean');
/** Up to 2^53; drivers give eight-byte integers as text. */
export const whole = (): Column<number> => column('bigint', Number);
export const json = <T>(): Column<T> => column<T>('jsonb');
export const nullable = <T>(of: Column<T>): Column<T | null> => ({ ...of, nullable: true, read: (value) => (value === null ? null : of.read(value)) });

/**
 * What one event does to one row. `fold` gets undefined when there is no row, and may leave it so. The row that it is given
 * is its own to change: a copy for each of many events is what folding would cost most.
 */
export interface Change {
  readonly table: Table;
  /** Values of the key's columns, in their order. */
  readonly key: readonly string[];
  fold(row: object | undefined): object | undefined;
}

export interface TableDeclaration<C extends Columns, K extends keyof C & string> {
  readonly name: string;
  readonly columns: C;
  /** The first is the tenant: no row is ever addressed without it. */
  readonly key: readonly ['tenant', ...K[]];
  /** Beside the key's own. */
  readonly indexes?: readonly (readonly (keyof C & string)[])[];
  /** Rows are written once, with the `position` of their event, and never changed: a row that is there stays as it is. */
  readonly appendOnly?: true;
}
type KeyValues<K extends string> = { readonly [P in K | 'tenant']: string };

/** A read model's table, and the only ways to change its rows. */
export interface Table<C extends Columns = Columns, K extends string = string> {
  readonly name: string;
  readonly columns: C;
  readonly key: readonly string[];
  readonly indexes: readonly (readonly string[])[];
  readonly appendOnly: boolean;
  /** A row that begins here; where there is one, it is replaced (or stays, when the table is append-only). */
  put(row: RowOf<C>): Change;
  /** Changes a row that exists; where there is none, nothing happens. */
  update(key: KeyValues<K>, change: Partial<RowOf<C>> | ((row: RowOf<C>) => Partial<RowOf<C>>)): Change;
  /** Changes a row, which is `blank` when there was none. */
  merge(blank: RowOf<C>, change: (row: RowOf<C>) => Partial<RowOf<C>>): Change;
}

export const table = <C extends Columns, K extends keyof C & string = never>(declared: TableDeclaration<C, K>): Table<C, K> => {
  const key: readonly string[] = declared.key;
  const keyOf = (values: object): readonly string[] => key.map((name) => (values as Record<string, string>)[name]!);
  const made: Table<C, K> = {
    name: declared.name, columns: declared.columns, key, indexes: declared.indexes ?? [], appendOnly: declared.appendOnly ?? false,
    put: (row) => change(row, () => row),
    update: (values, how) => change(values, (row) => row && Object.assign(row, typeof how === 'function' ? how(row as RowOf<C>) : how)),
    merge: (blank, how) => change(blank, (row) => {
      const own = row ?? { ...blank };
      return Object.assign(own, how(own as RowOf<C>));
    }),
  };
  const change = (values: object, fold: Change['fold']): Change => ({ table: made as unknown as Table, key: keyOf(values), fold });
  return made;
};

/** `lastUsedAt` stands as `last_used_at`. */
export const columnName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
