import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const toRequest = (incoming: IncomingMessage, signal: AbortSignal): Request => {
  const { method = 'GET', url = '/', headers: given } = incoming;
  const headers = new Headers();
  // HTTP/2 lists `:path` and the like among the headers; they are none.
  for (const [name, value] of Object.entries(given)) if (!name.startsWith(':')) for (const one of [value ?? []].flat()) headers.append(name, one);
  // The guard never looks at the host; it only has to make a URL. A target such as `//host/path` must stay a path.
  const host = /^[\w.:[\]-]+$/.test(given.host ?? '') ? given.host : 'localhost';
  const target = url.startsWith('/') ? url : '/';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null;
  return new Request(`http://${host}${target}`, { method, headers, signal, body, ...(hasBody && { duplex: 'half' }) } as RequestInit);
};

const send = async (response: Response, outgoing: ServerResponse): Promise<void> => {
  outgoing.statusCode = response.status;
  outgoing.setHeaders(response.headers);
  if (!response.body) {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), outgoing);
};

/**
 * Serves a Fetch handler with `node:http`: `createServer(nodeListener(protect(mcp, options)))`.
 * A handler that throws becomes a plain 500; a client that leaves aborts `request.signal`.
 */
export const nodeListener =
  ({ fetch, onError }: { readonly fetch: (request: Request) => Promise<Response>; readonly onError?: (error: unknown) => void }) =>
  async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    try {
      await send(await fetch(toRequest(incoming, gone.signal)), outgoing);
    } catch (error) {
      if (!gone.signal.aborted) onError?.(error);
      if (!outgoing.headersSent) outgoing.writeHead(500, { 'content-type': 'application/json' }).end('{"error":"server_error"}');
      else outgoing.destroy();
    }
  };
