import { type IncomingRequest, pathAndQuery } from './access-token.js';
import { CORS, type Reply } from './reply.js';
import type { Settings } from './settings.js';

const ROOT = '/.well-known/oauth-protected-resource';

/** The document of RFC 9728 section 2. */
export interface ResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported?: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  readonly resource_name?: string;
  readonly resource_documentation?: string;
}

export const metadataOf = ({ resource, issuer, scopes, name, documentation }: Settings): ResourceMetadata => ({
  resource,
  authorization_servers: [issuer],
  bearer_methods_supported: ['header'],
  // RFC 9728 section 3.2: an empty list is left out.
  ...(scopes.length > 0 && { scopes_supported: scopes }),
  ...(name && { resource_name: name }),
  ...(documentation && { resource_documentation: documentation }),
});

/** RFC 9728 section 3.1: the well-known part goes between the host and the path. */
export const metadataUrlOf = (resource: string): string => {
  const { origin, pathname, search } = new URL(resource);
  return `${origin}${ROOT}${pathname === '/' ? '' : pathname}${search}`;
};

/** Whether a request is for the metadata: in the form with the path of the resource, or in the root form that MCP clients try next. */
export const isMetadataRequest = ({ url }: IncomingRequest, resource: string): boolean => {
  const { path } = pathAndQuery(url);
  return path === ROOT || path === `${ROOT}/` || path === new URL(metadataUrlOf(resource)).pathname;
};

const json = (body: unknown): Reply => ({
  status: 200,
  headers: { ...CORS, 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
  body: JSON.stringify(body),
});

/** Answers GET and HEAD with the document, a preflight with its permission, anything else with 405. */
export const metadataReply = (method: string, metadata: ResourceMetadata): Reply => {
  if (method === 'GET') return json(metadata);
  if (method === 'HEAD') return { ...json(metadata), body: '' };
  return { status: method === 'OPTIONS' ? 204 : 405, headers: { ...CORS, 'access-control-allow-headers': '*', allow: 'GET, HEAD, OPTIONS' }, body: '' };
};

/** The Fetch standard sends preflights without credentials, so they are answered before any check; they reach no tool. */
export const preflightReply: Reply = {
  status: 204,
  headers: {
    ...CORS,
    'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
    'access-control-allow-headers': 'Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name',
    'access-control-max-age': '600',
  },
  body: '',
};
