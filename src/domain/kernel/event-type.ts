import type { DomainEvent } from './event.js';
import { type DataOf, type Fields, parserOf } from './fields.js';

/** What the catalogue knows of one type of event. */
export interface EventType<Type extends string = string, F extends Fields = Fields> {
  (data: DataOf<F>): DomainEvent<Type, DataOf<F>>;
  readonly type: Type;
  readonly version: number;
  /** One sentence for docs/events.md. */
  readonly says: string;
  readonly fields: F;
  /** Those of them that stand there sealed. */
  readonly sealed: readonly string[];
  /** Of older versions, oldest first: `upcasters[0]` turns version 1 into version 2. */
  readonly upcasters: readonly ((data: Record<string, unknown>) => Record<string, unknown>)[];
  parse(data: unknown): DataOf<F>;
}

export type EventOf<T> = T extends EventType<infer Type, infer F> ? DomainEvent<Type, DataOf<F>> : never;
/** The union of all events of one aggregate, from the object that declares them. */
export type EventsOf<T extends Readonly<Record<string, unknown>>> = { [K in keyof T]: EventOf<T[K]> }[keyof T];

/** Declares a type of event; calling it makes one. */
export const eventType = <const Type extends string, F extends Fields>(
  type: Type,
  says: string,
  fields: F,
  upcasters: EventType<Type, F>['upcasters'] = [],
): EventType<Type, F> => {
  const parse = parserOf(fields);
  const make = (data: DataOf<F>): DomainEvent<Type, DataOf<F>> => ({ type, data });
  return Object.assign(make, {
    type, says, fields, upcasters,
    version: upcasters.length + 1,
    sealed: Object.keys(fields).filter((name) => fields[name]!.personal === 'sealed'),
    parse: (data: unknown) => parse(data, type),
  });
};
