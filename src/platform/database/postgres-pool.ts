import { Socket } from 'node:net';
import pg from 'pg';

export type PostgresPool = pg.Pool;

export const CONNECT_MILLISECONDS = 5_000;
/** Longer than any statement of ours runs without a byte in either direction, and idle connections are closed before. */
const MOST_MILLISECONDS_SILENT = 60_000;

/** A way to the server that can't be lost without anybody noticing: TCP by itself may wait for hours (a server that vanished, a firewall). */
export const noticingSocket = (): Socket => {
  const socket = new Socket();
  return socket.setTimeout(MOST_MILLISECONDS_SILENT, () => socket.destroy(new Error('the connection to PostgreSQL has been silent for a minute')));
};

/** Connections that are opened when they are needed; one that breaks while it is idle is replaced by the next query. */
export const openPostgresPool = (connectionString: string, options: Omit<pg.PoolConfig, 'connectionString'> = {}): pg.Pool => {
  const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: CONNECT_MILLISECONDS, keepAlive: true, ...options });
  // Without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
};

/** A session of its own, for what lasts as long as the session does. Close it with `end`. */
export const openPostgresSession = async (connectionString: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_MILLISECONDS, keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};
