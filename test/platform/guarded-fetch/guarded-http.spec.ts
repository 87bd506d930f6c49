import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import type { OutboundAnswer, OutboundRequest } from '../../../src/domain/ports/outbound-http.js';
import { LocalInternet, PUBLIC } from './local-internet.js';

const CALL: OutboundRequest = { method: 'POST', url: 'https://client.example/token', headers: { 'content-type': 'text/plain', 'x-own': 'a' }, body: 'hello', patience: 5_000, deadline: 5_000 };
const textOf = async ({ body }: OutboundAnswer): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

describe('calls of a service', () => {
  let internet: LocalInternet;
  beforeEach(() => {
    internet = new LocalInternet();
  });
  afterEach(() => internet.end());

  it('go to the checked address with the method, headers and body that were given, and come back as they are', async () => {
    let seen: IncomingMessage | undefined;
    let sent = '';
    await internet.serve(async (request, response) => {
      seen = request;
      for await (const chunk of request) sent += String(chunk);
      response.writeHead(418, { 'x-answer': ['1', '2'], 'set-cookie': 'a=b' }).end('short');
    });
    const answer = await internet.http().request({ ...CALL, body: (async function* () { yield Buffer.from('he'); yield Buffer.from('llo'); })() });
    expect([answer.status, answer.headers['x-answer'], await textOf(answer)]).toEqual([418, ['1', '2'], 'short']);
    expect([seen!.method, seen!.url, sent, seen!.headers['x-own']]).toEqual(['POST', '/token', 'hello', 'a']);
    expect(internet.dialled).toEqual([`${PUBLIC}:443`]);
  });

  it.each(['http://client.example/', 'https://u:p@client.example/', 'file:///etc/passwd'])('do not leave for %j', async (url) => {
    await expect(internet.http().request({ ...CALL, url })).rejects.toMatchObject({ reason: 'url' });
    expect([internet.resolved, internet.dialled]).toEqual([[], []]);
  });

  it.each([['10.1.2.3'], ['169.254.169.254'], ['127.0.0.1'], ['::1'], ['fd00::1'], [PUBLIC, '10.0.0.1']])('do not leave for a name that is at %j', async (...addresses: readonly string[]) => {
    internet.names = { 'client.example': [addresses] };
    await expect(internet.http().request(CALL)).rejects.toMatchObject({ reason: 'blocked_address' });
    expect(internet.dialled).toEqual([]);
  });

  it('reach a private network that the operator opened, and no other', async () => {
    await internet.serve((_, response) => response.end('inside'));
    internet.names = { 'client.example': [['10.20.0.7'], ['10.21.0.7']] };
    const http = internet.http({ networks: ['10.20.0.0/16', 'fd12::/16'] });
    expect(await textOf(await http.request({ ...CALL, url: 'https://client.example:8443/' }))).toBe('inside');
    expect(internet.dialled).toEqual(['10.20.0.7:8443']);
    await expect(http.request(CALL)).rejects.toMatchObject({ reason: 'blocked_address' });
  });

  it('follow no redirect', async () => {
    await internet.serve((_, response) => response.writeHead(302, { location: 'https://evil.example/' }).end());
    const answer = await internet.http().request(CALL);
    expect([answer.status, answer.headers['location'], await textOf(answer)]).toEqual([302, 'https://evil.example/', '']);
    expect(internet.dialled).toHaveLength(1);
  });

  it('fail alone when names can\'t be resolved: nothing is dialled by another way (F-29)', async () => {
    await expect(internet.http({ resolve: () => Promise.reject(new Error('SERVFAIL')) }).request(CALL)).rejects.toMatchObject({ reason: 'dns' });
    expect(internet.dialled).toEqual([]);
  });

  it('wait no longer than they were told to: for the answer to begin, and for it to end', async () => {
    await internet.serve((request, response) => {
      if (request.url === '/begins') response.write('a');
    });
    await expect(internet.http().request({ ...CALL, url: 'https://client.example/never', patience: 50 })).rejects.toMatchObject({ reason: 'timeout', message: 'client.example did not begin to answer in time' });
    const answer = await internet.http().request({ ...CALL, url: 'https://client.example/begins', deadline: 200 });
    await expect(textOf(answer)).rejects.toMatchObject({ reason: 'timeout', message: 'client.example did not finish its answer in time' });
  });

  it('end with whoever waited for them', async () => {
    let closed!: () => void;
    const gone = new Promise<void>((done) => (closed = done));
    await internet.serve((request) => request.on('close', closed));
    const leaving = new AbortController();
    const answer = internet.http().request({ ...CALL, body: undefined, signal: leaving.signal });
    setTimeout(() => leaving.abort(), 50);
    await expect(answer).rejects.toMatchObject({ reason: 'network' });
    await gone;
  });

  it('let go of the connection when the rest of an answer is not wanted', async () => {
    let closed!: () => void;
    const gone = new Promise<void>((done) => (closed = done));
    await internet.serve((_, response) => {
      response.on('close', closed);
      response.write('a');
    });
    for await (const _ of (await internet.http().request(CALL)).body) break;
    await gone;
  });

  it('let go of the connection when nothing of an answer is wanted', async () => {
    let closed!: () => void;
    const gone = new Promise<void>((done) => (closed = done));
    await internet.serve((_, response) => {
      response.on('close', closed);
      response.write('a');
    });
    (await internet.http().request(CALL)).discard();
    await gone;
  });

  it('say so when the answer is no HTTP or breaks off', async () => {
    await internet.serve((request, response) => {
      if (request.url === '/breaks') response.writeHead(200, { 'content-length': '100' }).write('abc', () => response.destroy());
      else request.socket.end('nonsense\r\n\r\n');
    });
    await expect(internet.http().request(CALL)).rejects.toMatchObject({ name: 'FetchRefused', reason: 'network' });
    await expect(textOf(await internet.http().request({ ...CALL, url: 'https://client.example/breaks' }))).rejects.toMatchObject({ name: 'FetchRefused', reason: 'network' });
  });
});
