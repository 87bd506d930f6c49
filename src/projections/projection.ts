import type { EventOf } from '../domain/kernel/event-type.js';
import { catalogue } from '../domain/kernel/catalogue.js';
import type { RecordedEvent } from '../domain/kernel/event.js';
import type { Change, Table } from './table.js';

type Catalogue = typeof catalogue;
type AnyEvent = { [C in keyof Catalogue]: { [K in keyof Catalogue[C]]: EventOf<Catalogue[C][K]> }[keyof Catalogue[C]] }[keyof Catalogue];

/** What each type of event does to the rows. Pure: the same event and the same rows give the same rows. */
export type Handlers = {
  readonly [T in AnyEvent['type']]?: (event: RecordedEvent<Extract<AnyEvent, { type: T }>>) => Change | readonly Change[];
};

export interface Projection {
  readonly name: string;
  /** Counts up with every change of columns or handlers: the read model is then built anew, beside the old one. */
  readonly version: number;
  readonly tables: readonly Table[];
  readonly on: Handlers;
  /**
   * A table whose key holds the event's id. An event that has its row there does nothing more: streams that take 'any'
   * append may hold an event twice, and what counts must count it once.
   */
  readonly oncePerEvent?: Table;
}

export const projection = (declared: Projection): Projection => declared;

/** Where a table's rows stand. `next` is being built and takes the other's place when it has caught up. */
export const tableName = (table: Pick<Table, 'name'>, { version }: Pick<Projection, 'version'>, build: Build = 'serving'): string =>
  `${table.name}_v${version}${build === 'next' ? '_next' : ''}`;
export type Build = 'serving' | 'next';
