import pg from 'pg';

export type PostgresPool = pg.Pool;

export const CONNECT_MILLISECONDS = 5_000;

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
