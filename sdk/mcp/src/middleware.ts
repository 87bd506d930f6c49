import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { AuthInfo } from './auth-info.js';
import { parseBody, readJson } from './body.js';
import type { Guard } from './guard.js';
import type { ProtectionOptions } from './options.js';
import { guardOf } from './protect.js';
import { Refusal } from './refusal.js';
import { CORS } from './reply.js';
import { watchTrust } from './trusted-stream.js';

/** A request as Express, Connect and `node:http` know it; `auth` and `body` are where MCP servers look. */
export interface NodeRequest extends IncomingMessage {
  originalUrl?: string;
  body?: unknown;
  auth?: AuthInfo;
}
export type Middleware = (request: NodeRequest, response: ServerResponse, next: (error?: unknown) => void) => Promise<void>;

/**
 * The body, from the stream or from a parser that ran before. `request.body` is believed only when the stream has been
 * read: Express leaves an empty object there for bodies that it didn't understand, with the real one still waiting.
 */
const bodyOf = async (request: NodeRequest, maxBytes: number): Promise<unknown> => {
  if (!request.readableDidRead) return readJson(Readable.toWeb(request) as ReadableStream<Uint8Array>, maxBytes);
  const { body } = request;
  if (typeof body === 'string') return parseBody(body);
  if (body instanceof Uint8Array) return parseBody(new TextDecoder().decode(body));
  const hadBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (body === undefined && hadBody) throw new Refusal({ status: 400, reason: 'body.unreadable', description: 'The request body was read, but not as JSON.' });
  return body;
};

/** The token ends here: neither tools nor logs of later middleware find it. */
const dropToken = (request: NodeRequest): void => {
  delete request.headers.authorization;
  const raw = request.rawHeaders;
  for (let at = raw.length - 2; at >= 0; at -= 2) if (raw[at]?.toLowerCase() === 'authorization') raw.splice(at, 2);
};

/**
 * The guard as `(request, response, next)`, for Express and whatever has its shape.
 * Mount it before the MCP route and at the root, so that it can serve the well-known paths:
 * `app.use(['/mcp', '/.well-known/oauth-protected-resource'], middleware(options))`.
 */
export const middleware = (options: ProtectionOptions | Guard): Middleware => {
  const guard = guardOf(options);
  const { maxBodyBytes, exposeToken, streamCheckMs } = guard.settings;
  return async (request, response, next) => {
    try {
      const verdict = await guard.check({
        method: request.method ?? 'GET',
        url: request.originalUrl ?? request.url ?? '/',
        headers: { get: (name) => request.headers[name]?.toString() },
        readBody: () => bodyOf(request, maxBodyBytes),
      });
      if (!verdict.admitted) {
        const { status, headers, body } = verdict.reply;
        response.writeHead(status, headers).end(body);
        return;
      }
      if (!exposeToken) dropToken(request);
      request.auth = verdict.authInfo;
      request.body = verdict.body;
      for (const [name, value] of Object.entries(CORS)) if (!response.hasHeader(name)) response.setHeader(name, value);
      const stop = watchTrust({ stillTrusted: verdict.stillTrusted, everyMs: streamCheckMs }, () => response.destroy());
      response.once('close', stop);
    } catch (error) {
      next(error);
      return;
    }
    next();
  };
};
