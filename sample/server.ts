import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type IntrospectionOptions, type ProtectionOptions, type RefusalReport, nodeListener, protect } from '@mandate/mcp';
import { type McpHttpHandler, createMcpHandler, localhostAllowedOrigins, originValidationResponse } from '@modelcontextprotocol/server';
import { Notes } from './notes.js';
import { notesServer } from './notes-server.js';
import { sampleResource } from './resource.js';

export interface SampleServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** The address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** The authorization server, as it spells itself. */
  readonly issuer: string;
  /** The canonical URI, when clients reach the server by another name than `http://localhost:<port>/mcp`. */
  readonly resource?: string;
  /** The server's own credentials at the issuer; with them a suspended agent is out within a second. */
  readonly introspection?: IntrospectionOptions;
  /** Permits http for an issuer or a resource on another machine. */
  readonly allowHttp?: boolean;
  /** Hosts whose web pages may call, beside this machine and the resource's own. */
  readonly allowedOrigins?: readonly string[];
  readonly onRefusal?: (report: RefusalReport) => void;
  /** For tests and for a hub that runs in the same process: another way to reach the issuer, another clock. */
  readonly fetch?: ProtectionOptions['fetch'];
  readonly now?: ProtectionOptions['now'];
}
export interface SampleServer {
  /** The MCP endpoint, and the audience of its tokens. */
  readonly url: string;
  close(): Promise<void>;
}

const protectionOf = (url: string, options: SampleServerOptions): ProtectionOptions => {
  const { name, scopes, defaultScopes, tools } = sampleResource(url);
  const { issuer, introspection, allowHttp, onRefusal, fetch, now } = options;
  return {
    issuer,
    resource: url,
    name,
    scopes: scopes.map((scope) => scope.name),
    defaultScopes,
    tools: tools.map((tool) => [tool.name, tool.scopes] as const),
    ...(introspection && { introspect: introspection }),
    ...(allowHttp && { allowHttp }),
    ...(onRefusal && { onRefusal }),
    ...(fetch && { fetch }),
    ...(now && { now }),
  };
};

const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });

/** Ends what is under way, too: an open event stream would keep the process for as long as its client likes. */
const stop = async (server: Server, mcp: McpHttpHandler): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await mcp.close();
  server.closeAllConnections();
  await closed;
};

const mount = (server: Server, url: string, options: SampleServerOptions): McpHttpHandler => {
  const notes = new Notes();
  const mcp = createMcpHandler(() => notesServer(notes));
  const guarded = protect(mcp, protectionOf(url, options));
  const origins = [...localhostAllowedOrigins(), new URL(url).hostname, ...(options.allowedOrigins ?? [])];
  const isAt = (request: Request, place: string): boolean => {
    const { pathname } = new URL(request.url);
    return pathname === place || pathname.startsWith(`${place}/`);
  };
  server.on(
    'request',
    nodeListener({
      fetch: async (request) => {
        if (isAt(request, '/.well-known/oauth-protected-resource')) return guarded.fetch(request);
        if (!isAt(request, new URL(url).pathname)) return new Response(`There is nothing here. The MCP endpoint is ${url}\n`, { status: 404 });
        // MCP transport rule against DNS rebinding: pages of unknown origin are turned away before anything is looked at.
        return originValidationResponse(request, origins) ?? guarded.fetch(request);
      },
    }),
  );
  return mcp;
};

/** Starts the protected notes server; resolves once it listens. It serves clients of 2026-07-28 and, without sessions, older ones. */
export const startSampleServer = async (options: SampleServerOptions): Promise<SampleServer> => {
  const server = createServer();
  const port = await listen(server, options.port, options.host ?? '127.0.0.1');
  const url = options.resource ?? `http://localhost:${port}/mcp`;
  try {
    const mcp = mount(server, url, options);
    return { url, close: () => stop(server, mcp) };
  } catch (error) {
    server.close();
    throw error;
  }
};
