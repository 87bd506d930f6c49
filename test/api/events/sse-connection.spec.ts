import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { SseConnection } from '../../../src/api/events/sse-connection.js';

/** A server with one connection, and a client that reads when it is told to. */
const pair = async () => {
  let opened: (connection: SseConnection) => void;
  const connection = new Promise<SseConnection>((resolve) => (opened = resolve));
  const server = createServer((_, response) => opened(new SseConnection(response))).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  return { connection: await connection, socket, close: () => server.close(() => undefined).closeAllConnections() };
};

describe('a connection of server-sent events', () => {
  it('makes the writer wait while the reader does not read, and goes on when it does', async () => {
    const { connection, socket, close } = await pair();
    socket.pause();
    connection.begin();
    let sent = 0;
    const writing = (async () => {
      for (; sent < 200; sent += 1) await connection.send({ id: String(sent), event: 'e', data: 'x'.repeat(100_000) });
    })();
    const turns = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    // It stops by itself: the buffers between are some megabytes, and there are 20 to send.
    for (let before = -1; before !== sent;) {
      before = sent;
      await turns(200);
    }
    expect(sent).toBeLessThan(200);
    socket.resume();
    await writing;
    expect(sent).toBe(200);
    close();
  });

  it('lets go of the writer when the reader is gone', async () => {
    const { connection, socket, close } = await pair();
    socket.pause();
    connection.begin();
    const gone = new Promise<void>((resolve) => connection.onClose(resolve));
    const writing = (async () => {
      for (let n = 0; n < 200; n += 1) await connection.send({ id: '1', event: 'e', data: 'x'.repeat(100_000) });
    })();
    socket.destroy();
    await Promise.all([gone, writing]);
    connection.end('too late');
    close();
  });

  it('is over at once for whoever asks when the reader is gone already', async () => {
    const { connection, socket, close } = await pair();
    const gone = new Promise<void>((resolve) => connection.onClose(resolve));
    socket.destroy();
    await gone;
    let said = 0;
    connection.onClose(() => (said += 1));
    expect(said).toBe(1);
    close();
  });

  it('keeps ids and types on their lines', async () => {
    const { connection, socket, close } = await pair();
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    const ended = new Promise((resolve) => socket.once('end', resolve));
    connection.begin();
    await connection.send({ id: '1\nevent: evil', event: 'a\r\nb', data: { a: 'x\ny' } });
    connection.heartbeat();
    connection.end('bye');
    await ended;
    expect(text).toContain('id: 1event: evil\nevent: ab\ndata: {"a":"x\\ny"}\n\n');
    expect(text).toContain(': still here\n\n');
    close();
  });
});
