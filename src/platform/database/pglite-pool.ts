import { EventEmitter } from 'node:events';
import { PgliteClient, type QueryResult } from './pglite-client.js';
import type { PgliteThread } from './pglite-thread.js';
import { SessionTurns } from './session-turns.js';

type Release = (error?: unknown) => void;
type Checkout = PgliteClient & { release: Release };
type Connected = (error: Error | undefined, client: Checkout | undefined, release: Release) => void;

/**
 * Looks like a pg Pool. Everything takes turns on PGlite's one session, so waiting for a second client inside a transaction
 * of a first would wait for ever: pass the client on instead.
 */
export class PglitePool extends EventEmitter {
  readonly options: Readonly<Record<string, unknown>>;

  constructor(private readonly thread: PgliteThread, private readonly turns: SessionTurns, options: Readonly<Record<string, unknown>> = {}) {
    super();
    this.setMaxListeners(0);
    this.options = options;
    thread.on('lost', (error) => this.listenerCount('error') > 0 && this.emit('error', error));
  }

  connect(): Promise<Checkout>;
  connect(connected: Connected): void;
  connect(connected?: Connected): Promise<Checkout> | void {
    const client = new PgliteClient(this.thread, this.turns) as Checkout;
    client.release = () => void client.reset();
    if (!connected) return Promise.resolve(client);
    connected(undefined, client, client.release);
  }

  async query(statement: string | { text: string; values?: readonly unknown[] }, values?: readonly unknown[]): Promise<QueryResult> {
    const client = await this.connect();
    try {
      return await client.query(statement, values);
    } finally {
      await client.reset();
    }
  }

  /** The thread is closed by whoever opened it; several pools share it. */
  end(ended?: () => void): Promise<void> {
    ended?.();
    return Promise.resolve();
  }
}

export interface PgliteDriver {
  newPool(options?: Readonly<Record<string, unknown>>): PglitePool;
  readonly Pool: new (options: Readonly<Record<string, unknown>>) => PglitePool;
}

/** What TypeORM takes as `driver`, and where BullMQ gets its pool. */
export const pgliteDriver = (thread: PgliteThread): PgliteDriver => {
  const turns = new SessionTurns();
  class Pool extends PglitePool {
    constructor(options: Readonly<Record<string, unknown>>) {
      super(thread, turns, options);
    }
  }
  return { newPool: (options) => new PglitePool(thread, turns, options), Pool };
};
