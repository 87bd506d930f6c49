import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { noticingSocket } from '../../../src/platform/database/postgres-pool.js';

const SILENT = 200;
const connecting = (url: string): pg.Client => {
  const client = new pg.Client({ connectionString: url, stream: () => noticingSocket(url, SILENT) });
  client.on('error', () => undefined);
  return client;
};

describe('a connection to PostgreSQL on which nothing comes any more', () => {
  const sockets: Socket[] = [];
  let server: Server;

  beforeAll(async () => {
    server = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });

  it('is given up when the server does not answer on another way either', async () => {
    const { port } = server.address() as AddressInfo;

    await expect(connecting(`postgresql://mandate@127.0.0.1:${port}/mandate`).connect()).rejects.toThrow('silent for 0.2 s');
  });
});

const databaseUrl = process.env['DATABASE_URL'];
const describeWith = databaseUrl === undefined ? describe.skip : describe;

describeWith('a long statement on PostgreSQL (set DATABASE_URL to run it)', () => {
  it('is waited for as long as the server is at work on it, however silent', async () => {
    const client = connecting(databaseUrl!);
    await client.connect();

    const { rows } = await client.query(`SELECT 'done' AS state FROM pg_sleep($1)`, [(SILENT * 8) / 1000]);

    expect(rows).toEqual([{ state: 'done' }]);
    await client.end();
  });

  it('that is behind us leaves a connection that is given up once nobody uses it within a transaction', async () => {
    const client = connecting(databaseUrl!);
    await client.connect();
    const lost = new Promise<Error>((done) => void client.on('error', done));

    await client.query('BEGIN');

    expect((await lost).message).toContain('silent for 0.2 s');
  });
});
