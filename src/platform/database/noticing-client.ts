import { Socket } from 'node:net';
import pg from 'pg';
import { CONNECT_MILLISECONDS } from './postgres-pool.js';

/** In milliseconds. */
export interface Patience {
  /** Longer than a statement of ours runs without a byte in either direction, but for an index over a large table. Idle connections are closed before. */
  readonly silent: number;
  /** How long connecting for the question may take, and how long its answer. */
  readonly question: number;
}
const PATIENCE: Patience = { silent: 60_000, question: CONNECT_MILLISECONDS };

/** A server that is at work for somebody who is to send or to take something has lost us, or we have lost it. */
const AT_WORK = `SELECT FROM pg_stat_activity WHERE pid = $1 AND usename = current_user AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'`;
/** SQLSTATE too_many_connections. */
const NO_ROOM = '53300';

/**
 * A client whose way to the server can't be lost without anybody noticing: TCP by itself may wait for hours (a server that vanished,
 * a firewall). Where it has been silent for a minute, the server is asked on another connection whether it is at work for this one.
 * Behind a pooler, which has connections of its own to the server, it never is.
 */
export class NoticingClient extends pg.Client {
  /** Has the password: hidden from whoever prints the client, as pg hides its own. */
  readonly #config: pg.ClientConfig;

  constructor(config: pg.ClientConfig, private readonly patience = PATIENCE) {
    const socket = new Socket();
    super(over(socket, config));
    this.#config = config;
    socket.setTimeout(patience.silent).on('timeout', () => void this.look(socket));
  }

  private async look(socket: Socket): Promise<void> {
    const before = traffic(socket);
    const isAtWork = await this.isAtWork().catch(() => this.isAtWork()).catch(() => false);
    // What came or went while it was asked is no silence.
    if (isAtWork || traffic(socket) > before) socket.setTimeout(this.patience.silent);
    else socket.destroy(new Error(`the connection to PostgreSQL has been silent for ${this.patience.silent / 1000} s`));
  }

  /** Rejects when it can't be asked. */
  private async isAtWork(): Promise<boolean> {
    const { processID } = this as unknown as { readonly processID: number | null };
    if (processID === null) return false;
    const asking = new Socket();
    const { question } = this.patience;
    const client = new pg.Client({ ...over(asking, this.#config), connectionTimeoutMillis: question, query_timeout: question });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query(AT_WORK, [processID])).rowCount === 1;
    } catch (error) {
      // It is there, then, and is asked again in a minute: to give up now would have all that work done once more.
      if ((error as { code?: string }).code === NO_ROOM) return true;
      throw error;
    } finally {
      // A server that says nothing does not say goodbye either.
      asking.destroy();
    }
  }
}

// A pool hides the password from whoever lists its members.
const over = (socket: Socket, config: pg.ClientConfig): pg.ClientConfig => ({ ...config, password: config.password, stream: () => socket });

const traffic = ({ bytesRead, bytesWritten }: Socket): number => bytesRead + bytesWritten;
