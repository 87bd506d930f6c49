import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { StillClock } from '../vault/vault-directory.js';
import { LocalInternet, OTHER_PUBLIC, PUBLIC } from './local-internet.js';

const URL_ = 'https://client.example/oauth/client.json?v=1';
const JSON_ = 'application/json';
const json = (response: ServerResponse) => response.setHeader('content-type', JSON_);

describe('the guarded fetch', () => {
  let internet: LocalInternet;
  beforeEach(() => {
    internet = new LocalInternet();
  });
  afterEach(() => internet.end());

  it('asks the checked address by the name that it was given, and says who asks, without cookies', async () => {
    const seen: IncomingMessage[] = [];
    await internet.serve((request, response) => {
      seen.push(request);
      json(response).setHeader('set-cookie', 'a=b').end('{"name":"Zoë"}');
    });
    const fetcher = internet.fetcher();
    expect(await fetcher.get(URL_, JSON_)).toEqual({ body: '{"name":"Zoë"}', contentType: JSON_ });
    await fetcher.get(URL_, JSON_);
    expect(internet.dialled).toEqual([`${PUBLIC}:443`, `${PUBLIC}:443`]);
    for (const { method, url, headers, socket } of seen) {
      expect([method, url, headers.host, (socket as TLSSocket & { servername: string }).servername]).toEqual(['GET', '/oauth/client.json?v=1', 'client.example', 'client.example']);
      expect(headers).toEqual({ host: 'client.example', accept: JSON_, 'accept-encoding': 'identity', 'user-agent': 'Mandate', connection: 'close' });
    }
  });

  it.each([
    'http://client.example/c', 'https://client.example:8443/c', 'https://client.example:22/c', 'https://user@client.example/c', 'https://:p@client.example/c',
    'ftp://client.example/c', 'file:///etc/passwd', 'data:application/json,{}', 'unix:/var/run/docker.sock', 'gopher://client.example/c', 'client.example/c', '',
  ])('CM-01: asks nobody for %j', async (url) => {
    await expect(internet.fetcher().get(url, JSON_)).rejects.toMatchObject({ name: 'FetchRefused', reason: 'url' });
    expect([internet.resolved, internet.dialled]).toEqual([[], []]);
  });

  it.each([
    [301, 'https://client.example/other'], [302, 'https://127.0.0.1/'], [303, 'http://169.254.169.254/latest'], [307, '/other'], [308, 'https://evil.example/'],
    [304, ''], [300, '/other'],
  ])('CM-06: follows no redirect: %d to %s', async (status, location) => {
    await internet.serve((_, response) => response.writeHead(status, { location, 'content-type': JSON_ }).end(status === 304 ? undefined : '{}'));
    await expect(internet.fetcher().get(URL_, JSON_)).rejects.toMatchObject({ reason: 'redirect' });
    expect([internet.resolved.length, internet.dialled.length]).toEqual([1, 1]);
  });

  it.each([201, 204, 206, 400, 403, 404, 500, 503])('takes status %d for no document', async (status) => {
    await internet.serve((_, response) => response.writeHead(status, { 'content-type': JSON_ }).end(status === 204 ? undefined : '{}'));
    await expect(internet.fetcher().get(URL_, JSON_)).rejects.toMatchObject({ reason: 'status' });
  });

  describe('CM-07: a body that is too much', () => {
    it('is not read when it says so', async () => {
      await internet.serve((_, response) => json(response).end('x'.repeat(16_385)));
      await expect(internet.fetcher().get(URL_, JSON_)).rejects.toMatchObject({ reason: 'too_large' });
    });

    it('is read when it is just not', async () => {
      await internet.serve((_, response) => json(response).end('x'.repeat(16_384)));
      expect((await internet.fetcher().get(URL_, JSON_)).body).toHaveLength(16_384);
    });

    it('is cut off when it never ends, with little sent', async () => {
      let sent = 0;
      let end: () => void;
      const closed = new Promise<void>((done) => (end = done));
      await internet.serve((request, response) => {
        json(response);
        const more = (): void => {
          while (!request.socket.destroyed && response.write('x'.repeat(1_024))) sent += 1_024;
        };
        response.on('drain', more);
        request.socket.on('close', end);
        more();
      });
      await expect(internet.fetcher().get(URL_, JSON_)).rejects.toMatchObject({ reason: 'too_large' });
      await closed;
      // What the kernels' buffers take, not what the server would give.
      expect(sent).toBeLessThan(32 * 1_048_576);
    });

    it('is not unpacked', async () => {
      const bomb = gzipSync(Buffer.alloc(10_000_000));
      expect(bomb.length).toBeLessThan(16_384);
      await internet.serve((_, response) => json(response).setHeader('content-encoding', 'gzip').end(bomb));
      await expect(internet.fetcher().get(URL_, JSON_)).rejects.toMatchObject({ reason: 'content_type' });
    });

    it('is refused when it is all headers', async () => {
      await internet.serve((_, response) => {
        for (let n = 0; n < 40; n++) response.setHeader(`x-${n}`, 'y'.repeat(1_000));
        json(response).end('{}');
      });
      await expect(internet.fetcher().get(URL_, JSON_)).rejects.toMatchObject({ reason: 'network' });
    });
  });

  describe('CM-07: a server that takes its time', () => {
    const slow = { deadlineMs: 150 };

    it('with the body, a byte now and then, is left at the deadline', async () => {
      await internet.serve((request, response) => {
        json(response).write('{');
        const drip = setInterval(() => response.write(' '), 20);
        request.socket.on('close', () => clearInterval(drip));
      });
      await expect(internet.fetcher(slow).get(URL_, JSON_)).rejects.toMatchObject({ reason: 'timeout' });
    });

    it('with the headers is left at the deadline', async () => {
      await internet.serve(() => undefined);
      await expect(internet.fetcher(slow).get(URL_, JSON_)).rejects.toMatchObject({ reason: 'timeout' });
    });

    it('with TLS is left at the deadline', async () => {
      await internet.serveTcp(createServer(() => undefined));
      await expect(internet.fetcher(slow).get(URL_, JSON_)).rejects.toMatchObject({ reason: 'timeout' });
    });

    it('with its name is left at the deadline, and not connected to when the name comes after all', async () => {
      await internet.serve((_, response) => json(response).end('{}'));
      let answer: (addresses: string[]) => void = () => undefined;
      const resolve = () => new Promise<string[]>((done) => (answer = done));
      await expect(internet.fetcher({ ...slow, resolve }).get(URL_, JSON_)).rejects.toMatchObject({ reason: 'timeout' });
      answer([PUBLIC]);
      await new Promise((done) => setImmediate(done));
      expect(internet.dialled).toEqual([]);
    });
  });

  it.each([
    ['text/html', false], ['', false], ['application/jsonp', false], ['text/json+x', false], ['image/svg+xml', false],
    ['application/json; charset=utf-8', true], ['Application/JSON', true], ['application/jwk-set+json', true], ['application/vnd.a.b+json;x=y', true],
  ])('takes content of type %j: %s', async (type, taken) => {
    await internet.serve((_, response) => (type === '' ? response : response.setHeader('content-type', type)).end('{}'));
    const outcome = await internet.fetcher().get(URL_, JSON_).catch((error: unknown) => error);
    expect(outcome).toMatchObject(taken ? { contentType: type } : { name: 'FetchRefused', reason: 'content_type' });
  });

  it('takes UTF-8 only', async () => {
    await internet.serve((_, response) => json(response).end(Buffer.from([0x7b, 0xff, 0x7d])));
    await expect(internet.fetcher().get(URL_, JSON_)).rejects.toMatchObject({ reason: 'content_type' });
  });

  it.each([
    [undefined, undefined], ['max-age=300', 300], ['public, Max-Age="60", must-revalidate', 60], ['no-store', 0], ['max-age=300, no-cache', 0], ['max-age=-1', undefined],
    ['max-age=x', undefined], ['private', undefined], ['s-maxage=7', undefined], ['max-age=315360000', 315_360_000], ['max-age=99999999999999999999', undefined],
  ])('CM-12: reads the lifetime of Cache-Control: %s', async (header, maxAge) => {
    await internet.serve((_, response) => json(header === undefined ? response : response.setHeader('cache-control', header)).end('{}'));
    expect((await internet.fetcher().get(URL_, JSON_)).maxAge).toBe(maxAge);
  });

  it('takes the time in other caches off the lifetime', async () => {
    await internet.serve((_, response) => json(response).setHeader('cache-control', 'max-age=300').setHeader('age', '100').end('{}'));
    expect((await internet.fetcher().get(URL_, JSON_)).maxAge).toBe(200);
  });

  it('believes no server that can\'t prove its name', async () => {
    await internet.serve((_, response) => json(response).end('{}'));
    internet.names['other.example'] = [[PUBLIC]];
    await expect(internet.fetcher().get('https://other.example/c', JSON_)).rejects.toMatchObject({ reason: 'network' });
    await expect(internet.fetcher({ ca: undefined as never }).get(URL_, JSON_)).rejects.toMatchObject({ reason: 'network' });
    expect(await internet.fetcher().get(`https://${PUBLIC}/c`, JSON_)).toMatchObject({ body: '{}' });
    await expect(internet.fetcher().get(`https://[${OTHER_PUBLIC}]/c`, JSON_)).rejects.toMatchObject({ reason: 'network' });
  });

  it('tries the next address when one does not answer, and says so when none does', async () => {
    await internet.serve((_, response) => json(response).end('{}'));
    internet.names['client.example'] = [[OTHER_PUBLIC, PUBLIC]];
    internet.dead.add(OTHER_PUBLIC);
    expect(await internet.fetcher().get(URL_, JSON_)).toMatchObject({ body: '{}' });
    expect(internet.dialled).toEqual([`${OTHER_PUBLIC}:443`, `${PUBLIC}:443`]);
    internet.dead.add(PUBLIC);
    await expect(internet.fetcher().get(URL_, JSON_)).rejects.toMatchObject({ reason: 'network' });
  });

  it('says when a name has no address', async () => {
    await expect(internet.fetcher().get('https://nobody.example/c', JSON_)).rejects.toMatchObject({ reason: 'dns' });
    await expect(internet.fetcher({ resolve: () => Promise.reject(new Error('SERVFAIL')) }).get(URL_, JSON_)).rejects.toMatchObject({ reason: 'dns' });
  });

  describe('CM-15: used as a hose', () => {
    beforeEach(() => internet.serve((_, response) => json(response).end('{}')));

    it('fetches once for any number of callers at the same time', async () => {
      const fetcher = internet.fetcher();
      const answers = await Promise.all(Array.from({ length: 200 }, () => fetcher.get(URL_, JSON_)));
      expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['{}']));
      expect(internet.dialled).toHaveLength(1);
      await fetcher.get(URL_, JSON_);
      expect(internet.dialled).toHaveLength(2);
    });

    it('leaves a host alone after its share of a minute, whatever the path, and comes back in the next', async () => {
      const clock = new StillClock();
      const fetcher = internet.fetcher({ clock, perMinute: 3 });
      const get = (n: number) => fetcher.get(`https://client.example/${n}`, JSON_);
      for (let n = 0; n < 3; n++) await get(n);
      await expect(get(3)).rejects.toMatchObject({ reason: 'rate_limited' });
      expect([internet.resolved.length, internet.dialled.length]).toEqual([3, 3]);
      clock.at += 60_000;
      await get(4);
      expect(internet.dialled).toHaveLength(4);
    });

    it('leaves an address alone that many names lead to', async () => {
      const fetcher = internet.fetcher({ clock: new StillClock(), perMinute: 3 });
      const outcomes = [];
      for (let n = 0; n < 5; n++) {
        internet.names[`n${n}.client.example`] = [[PUBLIC]];
        outcomes.push(await fetcher.get(`https://n${n}.client.example/c`, JSON_).then(() => 'fetched', (error: { reason: string }) => error.reason));
      }
      expect(outcomes).toEqual(['fetched', 'fetched', 'fetched', 'rate_limited', 'rate_limited']);
      expect(internet.dialled).toHaveLength(3);
    });

    it('has a bounded number of fetches at once', async () => {
      const fetcher = internet.fetcher({ mostAtOnce: 2, clock: new StillClock() });
      const outcomes = await Promise.allSettled([1, 2, 3].map((n) => fetcher.get(`https://client.example/${n}`, JSON_)));
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    });
  });

  it('CM-16: gives refusals of every kind at the same steps of time', async () => {
    await internet.serve((_, response) => response.writeHead(404).end());
    internet.names['private.client.example'] = [['10.0.0.1']];
    for (const host of ['client.example', 'private.client.example', 'nobody.client.example']) {
      const started = performance.now();
      await expect(internet.fetcher({ refusalStepMs: 120 }).get(`https://${host}/c`, JSON_)).rejects.toMatchObject({ name: 'FetchRefused' });
      expect(performance.now() - started).toBeGreaterThan(115);
    }
  });

  describe('in development', () => {
    it('reaches this machine over http, by its plain names only', async () => {
      const port = await internet.serve((_, response) => json(response).end('{"here":true}'), { secure: false });
      internet.names['localhost'] = [['127.0.0.1']];
      internet.names['elsewhere.example'] = [['127.0.0.1']];
      const fetcher = internet.fetcher({ allowLoopback: true });
      for (const host of ['localhost', '127.0.0.1', '[::1]']) expect(await fetcher.get(`http://${host}:${port}/c`, JSON_)).toMatchObject({ body: '{"here":true}' });
      const before = internet.dialled.length;
      for (const url of [`http://elsewhere.example:${port}/c`, `http://10.0.0.1:${port}/c`, `http://127.0.0.2:${port}/c`, `http://app.localhost:${port}/c`, 'http://[::ffff:7f00:1]/c']) {
        await expect(fetcher.get(url, JSON_)).rejects.toMatchObject({ reason: 'url' });
      }
      await expect(fetcher.get('https://elsewhere.example/c', JSON_)).rejects.toMatchObject({ reason: 'blocked_address' });
      internet.names['localhost'] = [['127.0.0.1', '10.0.0.1']];
      await expect(fetcher.get(`http://localhost:${port}/d`, JSON_)).rejects.toMatchObject({ reason: 'blocked_address' });
      expect(internet.dialled).toHaveLength(before);
    });

    it('is off unless somebody turns it on', async () => {
      for (const host of ['localhost', '127.0.0.1', '[::1]']) await expect(internet.fetcher().get(`http://${host}:4000/c`, JSON_)).rejects.toMatchObject({ reason: 'url' });
    });
  });
});
