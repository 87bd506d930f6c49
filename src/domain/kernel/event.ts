/** One fact, in the past tense. The type is its name on the wire for ever: never renamed, never reused. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** Who did it. `act` nests as in RFC 8693 section 4.1: the outermost entry acted, inner entries are history. */
export interface Actor {
  readonly kind: 'user' | 'agent' | 'resource' | 'system' | 'anonymous';
  readonly id: string;
  readonly act?: Actor;
}

export const SYSTEM: Actor = { kind: 'system', id: 'mandate' };
export const ANONYMOUS: Actor = { kind: 'anonymous', id: 'anonymous' };

/** What every event carries besides its data: the tenant it belongs to, who acted, and what it follows from. */
export interface EventContext {
  readonly tenant: string;
  readonly actor: Actor;
  /** One id for everything that one request from outside set in motion. */
  readonly correlationId: string;
  /** The id of the event or command that caused this one. */
  readonly causationId: string;
}

/** An event on its way into the ledger. `id` is a UUIDv5 of (commandId, n), so that a retry is the same event. */
export interface NewEvent<E extends DomainEvent = DomainEvent> extends EventContext {
  readonly id: string;
  readonly type: E['type'];
  /** Schema version of `data`; the catalogue upcasts older ones when they are read. */
  readonly version: number;
  readonly data: E['data'];
}

/** An event as the ledger gives it back. */
export interface RecordedEvent<E extends DomainEvent = DomainEvent> extends NewEvent<E> {
  readonly stream: string;
  /** 0, 1, 2, … within the stream. */
  readonly revision: number;
  /** Place in the one total order. Opaque; compare with `isAfter`. */
  readonly position: Position;
  /** ISO 8601, UTC, by the store's clock; never goes backwards along the order. */
  readonly recordedAt: string;
}

/** Opaque and ordered: adapters give strings of one length, so that plain string order is the ledger's order. */
export type Position = string;

/** The position before the first event. */
export const START: Position = '';

export const isAfter = (a: Position, b: Position): boolean => a > b;
