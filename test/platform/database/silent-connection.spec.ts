import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { NoticingClient } from '../../../src/platform/database/noticing-client.js';

const connected = async (url: string, silent: number, question = 5_000): Promise<NoticingClient> => {
  const client = new NoticingClient({ connectionString: url }, { silent, question });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};
const lost = (client: pg.Client): Promise<string> => new Promise((done) => void client.on('error', ({ message }) => done(message)));

/** How the server answers somebody who asks whether it is at work for another. */
type Answer = 'at work' | 'not at work' | 'no room' | 'nothing';

// PostgreSQL's protocol, "Message Formats": a letter, the length with itself, the rest.
const message = (letter: string, ...rest: readonly (string | number)[]): Buffer => {
  const body = Buffer.concat(rest.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part >> 24, part >> 16, part >> 8, part]))));
  const head = Buffer.alloc(5);
  head.write(letter);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const READY = message('Z', 'I');
const WELCOME = Buffer.concat([message('R', 0), message('K', 4711, 1), READY]);
const FULL = message('E', 'SFATAL\0C53300\0Msorry, too many clients already\0\0');
const rows = (count: number): Buffer =>
  Buffer.concat([message('1'), message('2'), message('T', '\0\0'), ...Array.from({ length: count }, () => message('D', '\0\0')), message('C', `SELECT ${count}\0`), READY]);

describe('a connection to PostgreSQL on which nothing comes any more', () => {
  let server: Server;
  const sockets: Socket[] = [];

  /** One that lets the first in and then says nothing to it, and answers the others in turn. */
  const serving = async (...answers: readonly Answer[]): Promise<string> => {
    server = createServer((socket) => {
      const answer = answers[sockets.push(socket) - 2] ?? 'nothing';
      socket.on('error', () => undefined).once('data', () => {
        socket.write(answer === 'no room' ? FULL : WELCOME);
        socket.on('data', () => void (answer === 'nothing' || socket.write(rows(answer === 'at work' ? 1 : 0))));
      });
    });
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    return `postgresql://mandate@127.0.0.1:${(server.address() as AddressInfo).port}/mandate`;
  };
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((done) => void server.close(done));
  });

  it.each<{ what: string; answers: readonly Answer[]; question?: number }>([
    { what: 'where the server is not at work for it', answers: ['not at work'] },
    { what: 'only when the server is not at work for it any more', answers: ['at work', 'at work', 'not at work'] },
    { what: 'at a later question where the server had no room for the first', answers: ['no room', 'not at work'] },
    { what: 'at a later question where one was lost on the way', answers: ['nothing', 'at work', 'not at work'], question: 500 },
    { what: 'where the server does not answer twice', answers: ['nothing', 'nothing'], question: 500 },
  ])('is given up $what', async ({ answers, question }) => {
    const client = await connected(await serving(...answers), 100, question);

    await expect(client.query('SELECT 1')).rejects.toThrow('silent for 0.1 s');

    expect(sockets).toHaveLength(1 + answers.length);
  });

  it('tells nobody the password that it is asked about with', async () => {
    const url = (await serving('not at work')).replace('mandate@', 'mandate:hunter2@');

    const client = await connected(url, 100);
    const end = lost(client);

    expect(inspect(client, { depth: Infinity, showHidden: false })).not.toContain('hunter2');
    expect(await end).not.toContain('hunter2');
  });
});

const databaseUrl = process.env['DATABASE_URL'];
const describeWith = databaseUrl === undefined ? describe.skip : describe;

describeWith('a long silence on PostgreSQL (set DATABASE_URL to run it)', () => {
  it('is waited out while the server is at work on a statement', async () => {
    const client = await connected(databaseUrl!, 500);

    const { rows: done } = await client.query(`SELECT 'done' AS state FROM pg_sleep(2)`);

    expect(done).toEqual([{ state: 'done' }]);
    await client.end();
  });

  it('ends the connection within a transaction in which nothing happens', async () => {
    const client = await connected(databaseUrl!, 500);
    const end = lost(client);

    await client.query('BEGIN');

    expect(await end).toContain('silent for 0.5 s');
  });

  it('ends the connection while the server waits for what never comes', async () => {
    const client = await connected(databaseUrl!, 500);
    const end = lost(client);
    await client.query('CREATE TEMPORARY TABLE taken (name text)');

    const copy = client.query(from('COPY taken FROM STDIN')).on('error', () => undefined);
    copy.write('half a r');

    expect(await end).toContain('silent for 0.5 s');
  });
});
