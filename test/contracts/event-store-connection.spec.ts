import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type Http2Server, type ServerHttp2Session, type ServerHttp2Stream, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventStoreConnection } from '../../src/platform/ledger/event-store-connection.js';
import { Unanswered } from '../../src/platform/patience.js';

// A promise that is rejected and that nobody has fails the case: it would end the process.
describe('what the event store\'s client library leaves behind, when the server', () => {
  let server: Http2Server;
  let connection: EventStoreConnection;
  const sessions = new Set<ServerHttp2Session>();
  const begin = async (callTimeout: number, answer: (stream: ServerHttp2Stream) => void): Promise<void> => {
    server.on('session', (session) => sessions.add(session)).on('sessionError', () => undefined).on('stream', answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    connection = new EventStoreConnection(`esdb://127.0.0.1:${(server.address() as AddressInfo).port}?tls=false`, callTimeout);
  };
  const append = (n: number) => connection.append(`agent-${n}`, 'any', [{ id: randomUUID(), type: 'AgentSuspended', data: { agentId: 'x'.repeat(50_000) }, metadata: {} }]);
  const outcomes = async (appends: readonly Promise<unknown>[]) => (await Promise.allSettled(appends)).map((one) => one.status === 'rejected' && (one.reason as Error).constructor);

  beforeEach(() => {
    server = createServer();
  });
  afterEach(async () => {
    await connection.close();
    for (const session of sessions) session.destroy();
    server.close();
  });

  it('is gone while more waits than the library keeps for it: each is unanswered, and nothing else happens', async () => {
    await begin(60_000, (stream) => stream.session!.destroy());
    const appends = Array.from({ length: 64 }, (_, n) => append(n));
    expect(new Set(await outcomes(appends))).toEqual(new Set([Unanswered]));
  });

  it('answers an append that nobody made: whoever waits for another is told nothing', async () => {
    await begin(200, (stream) => {
      stream.on('error', () => undefined).respond({ 'content-type': 'application/grpc' });
      // BatchAppendResp.correlation_id.string
      const id = Buffer.from(`\x0a\x26\x12\x24${randomUUID()}`);
      stream.write(Buffer.concat([Buffer.from([0, 0, 0, 0, id.length]), id]));
    });
    expect(await outcomes([append(0)])).toEqual([Unanswered]);
  });
});
