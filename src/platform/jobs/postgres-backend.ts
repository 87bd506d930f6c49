import { type PgPool, type Queue, type Worker, createPostgresBackend, runMigrations, withBackend } from 'bullmq';
import { type JobBackend, NotOpenYet, type OpenBackend, workerOptions } from './job-backend.js';

const SCHEMA = 'bullmq';
const MOST_CONNECTIONS = 3;
const CONNECT_MILLISECONDS = 5_000;
const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend);

type Connection = ConstructorParameters<typeof PostgresQueue>[1]['connection'];

/** BullMQ on PostgreSQL, with connections of its own in a schema of its own. They come back by themselves. */
export const postgresBackend = (connectionString: string): JobBackend => ({
  kind: 'postgresql',
  open: (name) => openOver(name, { connectionString, schema: SCHEMA, migrate: true, max: MOST_CONNECTIONS, connectionTimeoutMillis: CONNECT_MILLISECONDS }),
});

/** BullMQ on the read models' PGlite, for as long as that is open; `pool` gives undefined while it is not. */
export const pgliteBackend = (pool: () => PgPool | undefined): JobBackend => ({
  kind: 'postgresql',
  open: async (name) => {
    const shared = pool();
    if (!shared) throw new NotOpenYet('the read-model database is not open');
    await prepare(shared);
    const opened = await openOver(name, shared);
    return { ...opened, onLost: (lost) => void shared.on('error', lost) };
  },
});

const prepare = async (pool: PgPool): Promise<void> => {
  const client = await pool.connect();
  try {
    await runMigrations(client, SCHEMA);
    // PGlite has one session, so this holds for all its clients. Read models are made in the first, as before.
    await client.query(`SET search_path TO public, ${SCHEMA}`);
  } finally {
    client.release();
  }
};

const openOver = async (name: string, connection: Connection): Promise<OpenBackend> => {
  const queue = new PostgresQueue(name, { connection });
  // Without a listener an error of the connection would end the process; here the rejection below tells of it.
  queue.on('error', () => undefined);
  try {
    await queue.waitUntilReady();
  } catch (error) {
    await queue.close().catch(() => undefined);
    throw error;
  }
  return {
    queue: queue as unknown as Queue,
    work: (process) => new PostgresWorker(name, process as never, { connection, ...workerOptions }) as unknown as Worker,
    reached: () => true,
    onLost: () => undefined,
    close: () => Promise.resolve(),
  };
};
