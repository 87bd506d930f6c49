import {
  type AllStreamSubscription,
  BACKWARDS,
  EventStoreDBClient,
  type EventData,
  FORWARDS,
  type ReadPosition,
  type ResolvedEvent,
  START as FROM_START,
  END as FROM_END,
  excludeSystemEvents,
  streamNameFilter,
} from '@eventstore/db-client';
import { type Position, START } from '../../domain/kernel/event.js';
import { type Appended, EventTooLarge, type Expected, LedgerUnavailable, WrongExpectedRevision } from '../../domain/ports/ledger.js';
import { connectionStringOf, unreadable } from './event-store-url.js';
import { Unanswered, withinTime } from '../patience.js';
import { steadied } from './steadied-client.js';
import type { StoredEvent } from './stored-event.js';

export type ConnectionItem =
  | { readonly kind: 'event'; readonly event: StoredEvent }
  /** Everything up to here was looked at, by the server's filter. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  | { readonly kind: 'caughtUp' };

/** An event on its way to the server. */
export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: object;
  /** Of an event that another store recorded: the server gives every event the time of its arrival. */
  readonly recordedAt?: string;
}

export interface ConnectionListener {
  /** Items come in the order of the log, `caughtUp` and `checkpoint` behind the events that they speak of. */
  item(item: ConnectionItem): void;
  /** It will say nothing more. */
  dropped(reason: Error): void;
}

export interface OpenSubscription {
  pause(): void;
  resume(): void;
  stop(): void;
}

/**
 * The one place that knows the client library, and what it does not do: bound the time of its calls, filter `readAll`,
 * keep the order between events and the news of a subscription. Errors are either definite or Unanswered.
 */
export class EventStoreConnection {
  private readonly client: EventStoreDBClient;

  constructor(
    url: string,
    private readonly callTimeout: number,
  ) {
    let client: EventStoreDBClient;
    try {
      client = EventStoreDBClient.connectionString(connectionStringOf(url));
    } catch (error) {
      throw unreadable(error);
    }
    this.client = steadied(client);
  }

  /** One attempt. */
  async append(stream: string, expected: Expected, events: readonly SentEvent[]): Promise<Appended> {
    const expectedRevision = expected === 'none' ? 'no_stream' : expected === 'any' ? 'any' : BigInt(expected);
    try {
      const { nextExpectedRevision, position } = await withinTime(
        this.callTimeout,
        this.client.appendToStream(stream, events.map(toEventData), { expectedRevision }),
      );
      // Without its position an append can't be placed in the order; a retry gets the same answer with it.
      if (!position) throw new Unanswered('the server did not say where the events stand');
      return { revision: Number(nextExpectedRevision), position: toPosition(position.commit) };
    } catch (error) {
      throw appendErrorOf(error as ClientError, stream, expected);
    }
  }

  /** At most `count` events of the stream from `from` on; none when the stream is unknown. */
  readStream(stream: string, from: number, count: number): Promise<readonly StoredEvent[]> {
    return this.collect(this.client.readStream(stream, { fromRevision: BigInt(from), direction: FORWARDS, maxCount: count }));
  }

  /** At most `count` events of all streams, the system's too, from this place on (and with it, when an event stands there). */
  readAll(from: Position | 'end', direction: 'forwards' | 'backwards', count: number): Promise<readonly StoredEvent[]> {
    return this.collect(
      this.client.readAll({
        fromPosition: readPosition(from),
        direction: direction === 'forwards' ? FORWARDS : BACKWARDS,
        maxCount: count,
      }),
    );
  }

  /** Everything behind `after`, and then live, filtered by the server. It never resumes by itself. */
  subscribe(after: Position, streamPrefixes: readonly string[] | undefined, listener: ConnectionListener): OpenSubscription {
    const late: { behind: number; item: ConnectionItem }[] = [];
    const checkpointReached = (_: unknown, { commit }: { commit: bigint }) => news({ kind: 'checkpoint', position: toPosition(commit) });
    const filter = streamPrefixes
      ? streamNameFilter({ prefixes: prefixesOf(streamPrefixes), checkpointReached })
      : excludeSystemEvents({ checkpointReached });
    const subscription: AllStreamSubscription = this.client.subscribeToAll({ fromPosition: readPosition(after), filter });
    // The client tells its news at once, ahead of events that still wait in the stream's buffer.
    const news = (item: ConnectionItem): void => {
      if (subscription.readableLength === 0) listener.item(item);
      else late.push({ behind: subscription.readableLength, item });
    };
    const drop = (reason: Error): void => listener.dropped(reason);
    subscription
      .on('data', (resolved: ResolvedEvent) => {
        if (resolved.event) listener.item({ kind: 'event', event: toStored(resolved.event) });
        for (const waiting of late) waiting.behind -= 1;
        while (late[0] && late[0].behind <= 0) listener.item(late.shift()!.item);
      })
      .on('caughtUp', () => news({ kind: 'caughtUp' }))
      .on('error', drop)
      .on('end', () => drop(new Unanswered('the subscription ended')))
      .on('close', () => drop(new Unanswered('the subscription was closed')));
    return {
      pause: () => void subscription.pause(),
      resume: () => void subscription.resume(),
      // Its error listener stays: an error after the end would be nobody's, and end the process.
      stop: () => void subscription.unsubscribe().catch(() => undefined),
    };
  }

  async close(): Promise<void> {
    await this.client.dispose();
  }

  private async collect(read: ReturnType<EventStoreDBClient['readStream'] | EventStoreDBClient['readAll']>): Promise<readonly StoredEvent[]> {
    const events: StoredEvent[] = [];
    // Its reader leaves with the first error; a second would be nobody's, and end the process.
    read.on('error', () => undefined);
    const all = async () => {
      for await (const { event } of read) if (event) events.push(toStored(event));
      return events;
    };
    try {
      return await withinTime(this.callTimeout, all());
    } catch (error) {
      void read.cancel().catch(() => undefined);
      const { type } = error as ClientError;
      if (type === 'stream-not-found') return [];
      throw definiteErrorOf(error as ClientError) ?? new Unanswered((error as Error).message, { cause: error });
    }
  }
}

type ClientError = Error & { readonly type?: string; readonly actualVersion?: bigint | 'no_stream' };

const appendErrorOf = (error: ClientError, stream: string, expected: Expected): Error => {
  if (error.type === 'wrong-expected-version')
    return new WrongExpectedRevision(stream, expected, typeof error.actualVersion === 'bigint' ? Number(error.actualVersion) : 'none');
  if (error.type === 'maximum-append-size-exceeded') return new EventTooLarge(`an append to ${stream} is larger than the server allows`);
  return (
    definiteErrorOf(error) ?? (error instanceof Unanswered ? error : new Unanswered(error.message || String(error.type), { cause: error }))
  );
};

const definiteErrorOf = (error: ClientError): Error | undefined => {
  if (error.type === 'access-denied') return new LedgerUnavailable('the event store denies access to this user', { cause: error });
  if (error.type === 'stream-deleted') return new LedgerUnavailable('the stream was deleted in the event store', { cause: error });
  return undefined;
};

const utf8 = new TextEncoder();

const toEventData = ({ id, type, data, metadata, recordedAt }: SentEvent): EventData => {
  const envelope = JSON.stringify(recordedAt === undefined ? metadata : { ...metadata, recordedAt });
  // As bytes: of an object the client makes base64, which its messages decode twice.
  return { id, type, contentType: 'application/json', data, metadata: utf8.encode(envelope) } as EventData;
};

const toStored = (event: NonNullable<ResolvedEvent['event']>): StoredEvent => ({
  id: event.id,
  type: event.type,
  data: event.data,
  ...envelopeOf(event),
  stream: event.streamId,
  revision: Number(event.revision),
  position: toPosition(event.position!.commit),
});

/** An event that was copied here keeps the time at which it happened. */
const envelopeOf = ({ metadata, created }: NonNullable<ResolvedEvent['event']>): Pick<StoredEvent, 'metadata' | 'recordedAt'> => {
  const { recordedAt } = (metadata ?? {}) as { readonly recordedAt?: unknown };
  if (typeof recordedAt !== 'string') return { metadata, recordedAt: created.toISOString() };
  const { recordedAt: _, ...rest } = metadata as object & { readonly recordedAt: string };
  return { metadata: rest, recordedAt };
};

const DIGITS = 20;
const toPosition = (commit: bigint): Position => String(commit).padStart(DIGITS, '0');

/** An event that was not written in a transaction of the old kind has its commit at its own place. */
const readPosition = (position: Position | 'end'): ReadPosition => {
  if (position === START) return FROM_START;
  if (position === 'end') return FROM_END;
  if (!/^\d{20}$/.test(position)) throw new TypeError(`${JSON.stringify(position)} is not a position of this ledger`);
  return { commit: BigInt(position), prepare: BigInt(position) };
};

/** The server takes an empty list for no filter at all; no stream has this name. */
const prefixesOf = (prefixes: readonly string[]): string[] => (prefixes.length > 0 ? [...prefixes] : ['$no-stream']);
