import { Socket } from 'node:net';
import pg from 'pg';

export type PostgresPool = pg.Pool;

export const CONNECT_MILLISECONDS = 5_000;
/** Longer than a statement of ours runs without a byte in either direction, but for an index over a large table. Idle connections are closed before. */
const MOST_MILLISECONDS_SILENT = 60_000;

/**
 * A way to the server that can't be lost without anybody noticing: TCP by itself may wait for hours (a server that vanished, a firewall).
 * Where it has been silent for a minute, the server is asked on another way whether it is still at work for this one.
 */
export const noticingSocket = (connectionString: string, mostSilent = MOST_MILLISECONDS_SILENT): Socket => {
  const socket = new Socket();
  const settle = async (): Promise<void> => {
    const { bytesRead } = socket;
    // What came while it was asked is no silence.
    if ((await isAtWork(connectionString, socket.localPort, mostSilent)) || socket.bytesRead > bytesRead) socket.setTimeout(mostSilent);
    else socket.destroy(new Error(`the connection to PostgreSQL has been silent for ${mostSilent / 1000} s`));
  };
  return socket.setTimeout(mostSilent).on('timeout', () => void settle());
};

/** Never rejects: a server that can't be asked is gone. Behind a pooler, which has connections of its own, none with this port is found. */
const isAtWork = async (connectionString: string, port: number | undefined, patience: number): Promise<boolean> => {
  const most = Math.min(patience, CONNECT_MILLISECONDS);
  const asking = new Socket();
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: most, query_timeout: most, stream: () => asking });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity WHERE client_addr = inet_client_addr() AND client_port = $1 AND state = 'active'`, [port ?? null]);
    return rowCount === 1;
  } catch {
    return false;
  } finally {
    // A server that says nothing does not say goodbye either.
    asking.destroy();
  }
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
