import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type NodeRequest, type ProtectionOptions, middleware, nodeListener, protect } from '@mandate/mcp';
import { challengeOf, post, toolCall } from './support/calls.js';
import { NOW, TestIssuer } from './support/test-issuer.js';

const RESOURCE = 'https://notes.example/mcp';

describe('the guard in front of node:http', () => {
  let issuer: TestIssuer;
  let running: Server | undefined;
  beforeAll(async () => {
    issuer = await TestIssuer.start();
  });
  afterAll(() => issuer.close());
  afterEach(() => {
    running?.closeAllConnections();
    running?.close();
  });

  const options = (more: Partial<ProtectionOptions> = {}): ProtectionOptions => ({ issuer: issuer.url, resource: RESOURCE, tools: { list_notes: ['notes:read'] }, now: () => NOW * 1000, ...more });
  const serve = async (listener: RequestListener): Promise<string> => {
    running = createServer(listener);
    await new Promise<void>((resolve) => running?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(running.address() as AddressInfo).port}/mcp`;
  };

  describe('as (request, response, next)', () => {
    const echo = (request: NodeRequest, response: ServerResponse): void => {
      const { auth, body, headers, rawHeaders } = request;
      response.end(JSON.stringify({ auth, body, headers, rawHeaders }));
    };
    const serveMiddleware = (more: Partial<ProtectionOptions> = {}, before: (request: NodeRequest) => Promise<void> | void = () => undefined): Promise<string> => {
      const guard = middleware(options(more));
      return serve((request, response) => {
        void (async () => {
          await before(request);
          await guard(request, response, (error) => (error ? response.writeHead(500).end(String(error)) : echo(request, response)));
        })();
      });
    };

    it('hands on who calls and the parsed body, without the token', async () => {
      const token = await issuer.token(RESOURCE);
      const response = await post(await serveMiddleware(), { token });
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ auth: { clientId: 'agt_scribe', extra: { principal: { sub: 'usr_ada' } } }, body: toolCall('list_notes') });
      expect(text).not.toContain(token);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    });

    it('refuses with a challenge, and serves the metadata', async () => {
      const url = await serveMiddleware();
      const response = await post(url);
      expect([response.status, challengeOf(response)['scope']]).toEqual([401, 'notes:read']);
      expect((await post(url, { token: await issuer.token(RESOURCE), body: toolCall('other') })).status).toBe(403);
      expect(await (await fetch(new URL('/.well-known/oauth-protected-resource/mcp', url))).json()).toMatchObject({ resource: RESOURCE });
    });

    it('reads the path as the client wrote it, where Express has cut the mount point off', async () => {
      const url = await serveMiddleware({}, (request) => {
        request.originalUrl = request.url ?? '';
        request.url = '/';
      });
      expect((await fetch(new URL('/.well-known/oauth-protected-resource/mcp', url))).status).toBe(200);
      expect((await post(`${url}?access_token=x`, { token: await issuer.token(RESOURCE) })).status).toBe(401);
    });

    it('judges the body that a parser left, as an object, a text or bytes', async () => {
      for (const form of [(text: string): unknown => JSON.parse(text), (text: string) => text, (text: string) => Buffer.from(text)]) {
        const url = await serveMiddleware({}, async (request) => {
          let text = '';
          for await (const chunk of request) text += String(chunk);
          request.body = form(text);
        });
        const token = await issuer.token(RESOURCE);
        expect((await post(url, { token })).status).toBe(200);
        expect((await post(url, { token, body: toolCall('other') })).status).toBe(403);
        running?.close();
      }
    });

    it('does not believe an empty object that stands in for a body nobody has read', async () => {
      const url = await serveMiddleware({}, (request) => {
        request.body = {};
      });
      expect((await post(url, { token: await issuer.token(RESOURCE), body: toolCall('other') })).status).toBe(403);
    });

    it('refuses when the body was read by somebody who kept it', async () => {
      const url = await serveMiddleware({}, async (request) => {
        for await (const chunk of request) void chunk;
      });
      expect((await post(url, { token: await issuer.token(RESOURCE), body: toolCall('other') })).status).toBe(400);
    });

    it('judges a call that hides in the body of a GET', async () => {
      const url = new URL(await serveMiddleware());
      const token = await issuer.token(RESOURCE);
      const status = await new Promise<number | undefined>((resolve) => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
        httpRequest(url, { method: 'GET', headers }, (response) => resolve(response.resume().statusCode)).end(JSON.stringify(toolCall('other')));
      });
      expect(status).toBe(403);
    });

    it('says 413 to a body that is too long, and stays able to answer', async () => {
      const url = await serveMiddleware({ maxBodyBytes: 1000 });
      const token = await issuer.token(RESOURCE);
      expect((await post(url, { token, body: toolCall('list_notes', { pad: 'x'.repeat(200_000) }) })).status).toBe(413);
      expect((await post(url, { token })).status).toBe(200);
    });

    it('admits nobody when a function of the options throws', async () => {
      const url = await serveMiddleware({
        satisfies: () => {
          throw new Error('broken rule');
        },
      });
      expect((await post(url, { token: await issuer.token(RESOURCE) })).status).toBe(500);
    });
  });

  describe('as a listener around a Fetch handler', () => {
    it('serves tools, challenges and metadata of one protected handler', async () => {
      const url = await serve(nodeListener(protect(async (request) => Response.json(await request.json()), options())));
      expect((await post(url)).status).toBe(401);
      expect(await (await post(url, { token: await issuer.token(RESOURCE) })).json()).toEqual(toolCall('list_notes'));
      expect((await fetch(new URL('/.well-known/oauth-protected-resource', url))).status).toBe(200);
    });

    it('turns an exception into a 500 that says nothing, and reports it', async () => {
      const seen: unknown[] = [];
      const failing = (): Promise<Response> => Promise.reject(new Error('secret detail'));
      const url = await serve(nodeListener({ fetch: failing, onError: (error) => seen.push(error) }));
      const response = await fetch(url);
      expect([response.status, await response.text()]).toEqual([500, '{"error":"server_error"}']);
      expect(String(seen[0])).toContain('secret detail');
    });

    it('keeps a request target that looks like a host a path', async () => {
      const paths: string[] = [];
      const url = await serve(
        nodeListener({
          fetch: async (request) => {
            paths.push(new URL(request.url).host);
            return new Response('ok');
          },
        }),
      );
      const { port } = new URL(url);
      await new Promise<IncomingMessage>((resolve) => httpRequest({ port, host: '127.0.0.1', path: '//evil.example/mcp' }, (response) => resolve(response.resume())).end());
      expect(paths).toEqual([`127.0.0.1:${port}`]);
    });

    it('tells the handler when the client has left', async () => {
      let left: () => void = () => undefined;
      const aborted = new Promise<void>((resolve) => {
        left = resolve;
      });
      const client = new AbortController();
      const url = await serve(
        nodeListener({
          fetch: async (request) => {
            request.signal.addEventListener('abort', () => left());
            client.abort();
            await aborted;
            return new Response('late');
          },
        }),
      );
      await expect(fetch(url, { signal: client.signal })).rejects.toMatchObject({ name: 'AbortError' });
      await aborted;
    });
  });
});
