import type { AuthInfo } from './auth-info.js';
import { readJson } from './body.js';
import { Guard, type Verdict } from './guard.js';
import type { ProtectionOptions } from './options.js';
import { CORS, type Reply } from './reply.js';
import { trustedStream } from './trusted-stream.js';

/** What the guard hands to the MCP server beside the request. */
export interface Admitted {
  readonly authInfo: AuthInfo;
  readonly parsedBody?: unknown;
}
/** An MCP server on the Fetch API: `createMcpHandler(...)` of the official SDK, or a function of one's own. */
export type McpFetch = (request: Request, admitted: Admitted) => Promise<Response> | Response;
export type McpHandler = McpFetch | { readonly fetch: McpFetch };

export interface Protected {
  /** The MCP server behind the guard. `parsedBody` is for hosts that have parsed the body already. */
  readonly fetch: (request: Request, options?: { readonly parsedBody?: unknown }) => Promise<Response>;
  readonly guard: Guard;
}

export const guardOf = (options: ProtectionOptions | Guard): Guard => (options instanceof Guard ? options : new Guard(options));

const toResponse = ({ status, headers, body }: Reply): Response => new Response(body || null, { status, headers });

/** The request for the server: without the token (MCP forbids to pass it on, so nobody gets it), with the body that was judged. */
const withoutToken = (request: Request, body: unknown, exposeToken: boolean): Request => {
  const headers = new Headers(request.headers);
  if (!exposeToken) headers.delete('authorization');
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name);
  const { method, signal } = request;
  return new Request(request.url, { method, headers, signal, ...(body !== undefined && { body: JSON.stringify(body) }) });
};

const guarded = (response: Response, verdict: Verdict & { admitted: true }, everyMs: number): Response => {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(CORS)) if (!headers.has(name)) headers.set(name, value);
  const isStream = response.body !== null && headers.get('content-type')?.startsWith('text/event-stream');
  const body = isStream ? trustedStream(response.body, { stillTrusted: verdict.stillTrusted, everyMs }) : response.body;
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
};

/**
 * Puts the guard in front of an MCP server: `protect(createMcpHandler(factory), options)`.
 * The result serves the resource metadata too, so give it the whole origin, or both the MCP path and the well-known paths.
 */
export const protect = (handler: McpHandler, options: ProtectionOptions | Guard): Protected => {
  const guard = guardOf(options);
  const { maxBodyBytes, exposeToken, streamCheckMs } = guard.settings;
  const serve: McpFetch = typeof handler === 'function' ? handler : (request, admitted) => handler.fetch(request, admitted);
  return {
    guard,
    async fetch(request, given) {
      const readBody = (): Promise<unknown> => (given?.parsedBody === undefined ? readJson(request.body, maxBodyBytes) : Promise.resolve(given.parsedBody));
      const verdict = await guard.check({ method: request.method, url: request.url, headers: request.headers, readBody });
      if (!verdict.admitted) return toResponse(verdict.reply);
      const { authInfo, body } = verdict;
      const response = await serve(withoutToken(request, body, exposeToken), { authInfo, ...(body !== undefined && { parsedBody: body }) });
      return guarded(response, verdict, streamCheckMs);
    },
  };
};
