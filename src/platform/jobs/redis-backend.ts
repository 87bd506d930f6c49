import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type JobBackend, workerOptions } from './job-backend.js';

/** The braces keep all keys of the queue in one slot of a Redis cluster. */
const PREFIX = '{mandate}';
const CONNECT_MILLISECONDS = 5_000;

/** BullMQ on Redis. Once it was reached, a lost connection comes back by itself. */
export const redisBackend = (url: string): JobBackend => ({
  kind: 'redis',
  open: async (name) => {
    // BullMQ's blocking reads wait for as long as it takes, so commands may not give up after some retries.
    const connection = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true, connectTimeout: CONNECT_MILLISECONDS });
    let lastProblem: Error | undefined;
    connection.on('error', (error: Error) => (lastProblem = error));
    try {
      await connection.connect();
    } catch (error) {
      connection.disconnect();
      throw lastProblem ?? error;
    }
    const common = { connection, prefix: PREFIX };
    return {
      queue: new Queue(name, common),
      work: (process) => new Worker(name, process, { ...common, ...workerOptions }),
      reached: () => connection.status === 'ready',
      onLost: () => undefined,
      close: async () => connection.disconnect(),
    };
  },
});
