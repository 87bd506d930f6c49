import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ProtectionOptions, middleware, protect } from '@mandate/mcp';
import { mcpRequest, post } from './support/calls.js';
import { NOW, TestIssuer } from './support/test-issuer.js';

const RESOURCE = 'https://notes.example/mcp';

describe('an event stream that stays open', () => {
  let issuer: TestIssuer;
  let clock: number;
  let cancelled: boolean;
  let token: string;
  beforeEach(async () => {
    issuer = await TestIssuer.start();
    clock = NOW * 1000;
    cancelled = false;
    token = await issuer.token(RESOURCE);
  });
  afterEach(() => issuer.close());

  const options = (more: Partial<ProtectionOptions> = {}): ProtectionOptions => ({ issuer: issuer.url, resource: RESOURCE, tools: { list_notes: ['notes:read'] }, streamCheckMs: 1, now: () => clock, ...more });
  /** Sends one event and then says nothing more. */
  const silent = (): Response => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
      cancel: () => {
        cancelled = true;
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  const open = async (more: Partial<ProtectionOptions> = {}): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
    const response = await protect(silent, options(more)).fetch(mcpRequest(RESOURCE, { token }));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: 1\n\n');
    return reader;
  };

  it('ends when the token expires, and the server stops working for it', async () => {
    const reader = await open();
    const next = reader.read();
    clock += 305_000;
    expect(await next).toMatchObject({ done: true });
    expect(cancelled).toBe(true);
  });

  it('ends when the agent is suspended', async () => {
    const reader = await open({ introspect: { clientId: 'a', clientSecret: 'b', cacheMs: 0 } });
    const next = reader.read();
    issuer.introspection = { status: 200, body: { active: false } };
    expect(await next).toMatchObject({ done: true });
  });

  it('ends when nobody can say any more whether the token lives', async () => {
    const reader = await open({ introspect: { clientId: 'a', clientSecret: 'b', cacheMs: 0 } });
    const next = reader.read();
    issuer.down = true;
    expect(await next).toMatchObject({ done: true });
  });

  describe('while the issuer is slow to say whether the token lives', () => {
    let questions: number;
    let answer: (active: boolean) => void;
    let secondQuestion: Promise<void>;
    let onSecond: () => void;
    /** Answers the first question at once, and the second when the test says so. */
    const slowly: typeof fetch = (input, init) => {
      if (!String(input).endsWith('/introspect')) return fetch(input, init);
      questions += 1;
      if (questions === 1) return Promise.resolve(Response.json({ active: true }));
      onSecond();
      return new Promise((resolve) => {
        answer = (active) => resolve(Response.json({ active }));
      });
    };
    const tick = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 2));
    const introspect = { clientId: 'a', clientSecret: 'b', cacheMs: 0 };
    beforeEach(() => {
      questions = 0;
      secondQuestion = new Promise((resolve) => {
        onSecond = resolve;
      });
    });

    it('is asked about once at a time, and ends with the answer', async () => {
      const reader = await open({ introspect, fetch: slowly });
      await secondQuestion;
      for (let i = 0; i < 5; i += 1) await tick();
      expect(questions).toBe(2);
      const next = reader.read();
      answer(false);
      expect(await next).toMatchObject({ done: true });
    });

    it('may end by itself; the late answer then changes nothing', async () => {
      let finish: () => void = () => undefined;
      const handler = (): Response => {
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            finish = () => controller.close();
          },
        });
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      };
      const response = await protect(handler, options({ introspect, fetch: slowly })).fetch(mcpRequest(RESOURCE, { token }));
      await secondQuestion;
      finish();
      expect(await response.text()).toBe('');
      answer(false);
      // An error in the watcher would surface as an unhandled rejection and fail this test.
      for (let i = 0; i < 3; i += 1) await tick();
      expect(questions).toBe(2);
    });
  });

  it('passes on everything and ends by itself as long as the token lives', async () => {
    const events = ['data: 1\n\n', 'data: 2\n\n'];
    const handler = (): Response => new Response(new Blob(events).stream(), { headers: { 'content-type': 'text/event-stream' } });
    const response = await protect(handler, options()).fetch(mcpRequest(RESOURCE, { token }));
    expect(await response.text()).toBe(events.join(''));
  });

  it('passes a departure of the client on to the server', async () => {
    const reader = await open();
    await reader.cancel();
    expect(cancelled).toBe(true);
  });

  it('is cut off behind the middleware too', async () => {
    const guard = middleware(options());
    const server: Server = createServer((request, response) => void guard(request, response, () => response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const response = await post(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, { token });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const next = reader.read();
    clock += 305_000;
    await expect(next).rejects.toThrow('terminated');
    server.close();
  });
});
