import { eventTypeNamed, readEventData } from '../../domain/kernel/catalogue.js';
import type { EventContext, NewEvent, Position, RecordedEvent } from '../../domain/kernel/event.js';
import { EventTooLarge, type Expected, type LedgerFilter, LedgerUnreadable, MAX_APPEND_BYTES } from '../../domain/ports/ledger.js';

/** An event as JSON texts: made once, on the thread of the caller, and then only passed on. */
export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly metadata: string;
  readonly data: string;
}

/** Where an event stands, once it is written. */
export interface Place {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly recordedAt: string;
}

/** What a store gives back, its JSON parsed but not believed yet. */
export interface StoredEvent extends Place {
  readonly id: string;
  readonly type: string;
  readonly metadata: unknown;
  readonly data: unknown;
}

/** The envelope: what stands in a stored event's metadata. */
type Metadata = EventContext & { readonly version: number };

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
// Unpaired surrogates would all become U+FFFD in UTF-8, and two streams one; `$` begins the store's own streams.
const UNSTORABLE_NAME = /^$|^\$|[\p{Surrogate}\p{Control}]/u;

/** Refuses, before anything is sent, what no store could take: every adapter then answers the same. */
export const encodeAppend = (stream: string, expected: Expected, events: readonly NewEvent[]): readonly EncodedEvent[] => {
  if (UNSTORABLE_NAME.test(stream)) throw new TypeError(`${JSON.stringify(stream)} can't be the name of a stream`);
  if (typeof expected === 'number' && !(Number.isSafeInteger(expected) && expected >= 0))
    throw new TypeError(`${expected} is not a revision`);
  if (events.length === 0) throw new TypeError('an append needs an event');
  const encoded = events.map(encode);
  if (mayBeLarge(encoded) && bytesOf(encoded) > MAX_APPEND_BYTES) throw new EventTooLarge(`an append to ${stream} is larger than ${MAX_APPEND_BYTES} bytes`);
  return encoded;
};

/** No character of a string takes more than three bytes of UTF-8: nearly every append is small without being counted. */
const mayBeLarge = (events: readonly EncodedEvent[]): boolean => {
  let most = 0;
  for (const { data, metadata } of events) most += 3 * (data.length + metadata.length);
  return most > MAX_APPEND_BYTES;
};

/** UTF-8 bytes of data and metadata. */
export const bytesOf = (events: readonly EncodedEvent[]): number => {
  let bytes = 0;
  for (const { data, metadata } of events) bytes += Buffer.byteLength(data) + Buffer.byteLength(metadata);
  return bytes;
};

const encode = ({ id, type, tenant, actor, correlationId, causationId, version, data }: NewEvent): EncodedEvent => {
  if (!UUID.test(id)) throw new TypeError(`event id ${JSON.stringify(id)} is not a UUID in lower case`);
  // One event that no reader knows would stop them all, for good.
  if (eventTypeNamed(type).version !== version) throw new TypeError(`${type} is not written in version ${version} any more, or not yet`);
  const metadata: Metadata = { tenant, actor, correlationId, causationId, version };
  return { id, type, metadata: JSON.stringify(metadata), data: jsonOf(type, data) };
};

const jsonOf = (type: string, data: unknown): string => {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    throw new EventTooLarge(`the data of ${type} is not JSON: ${(error as Error).message}`);
  }
  // undefined and functions have no JSON at all.
  if (text === undefined) throw new EventTooLarge(`the data of ${type} is not JSON`);
  return text;
};

/** The event as the catalogue knows it today: older data is brought up to date here, and nowhere else. Throws LedgerUnreadable. */
export const decode = (event: StoredEvent): RecordedEvent => {
  try {
    return read(event);
  } catch (error) {
    throw new LedgerUnreadable(`event ${event.id} at ${event.position} in ${event.stream} can't be read: ${(error as Error).message}`, { cause: error });
  }
};

const read = ({ id, type, metadata, data, stream, revision, position, recordedAt }: StoredEvent): RecordedEvent => {
  const { tenant, actor, correlationId, causationId, version } = metadata as Metadata;
  return {
    id,
    type,
    version: eventTypeNamed(type).version,
    data: readEventData(type, version, data),
    tenant,
    actor,
    correlationId,
    causationId,
    stream,
    revision,
    position,
    recordedAt,
  };
};

/** An event that this process has just written, without the way through JSON. The same as `decode` would give. */
export const place = (
  { id, type, version, data, tenant, actor, correlationId, causationId }: NewEvent,
  { stream, revision, position, recordedAt }: Place,
): RecordedEvent => {
  // Member by member: spreading an object of this size costs many times as much.
  return { id, type, version, data, tenant, actor, correlationId, causationId, stream, revision, position, recordedAt };
};

/**
 * The events up to the first that can't be read, so that a reader gets everything before it; throws when it is the
 * first. An unknown event stops a reader, for to skip it could be to skip a suspension.
 */
export const decodeRun = (stored: readonly StoredEvent[]): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  for (const event of stored) {
    try {
      events.push(decode(event));
    } catch (error) {
      if (events.length > 0) return events;
      throw error;
    }
  }
  return events;
};

export const passes = (filter: LedgerFilter | undefined, stream: string): boolean =>
  filter?.streamPrefixes === undefined || filter.streamPrefixes.some((prefix) => stream.startsWith(prefix));
