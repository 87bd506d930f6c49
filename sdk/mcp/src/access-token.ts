import { Refusal, invalidToken } from './refusal.js';

/** The parts of a request that matter here; `Request` of the Fetch API fits. */
export interface IncomingRequest {
  readonly method: string;
  /** Absolute, or path and query. */
  readonly url: string;
  readonly headers: { get(name: string): string | null | undefined };
}

/** RFC 6750 section 2.1, `b64token`. The scheme is case-insensitive (RFC 9110 section 11.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;
const MAX_LENGTH = 16_384;

/** Path and query, without trusting the host of the request. */
export const pathAndQuery = (url: string): { readonly path: string; readonly query: string } => {
  const [, rest = url] = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/i.exec(url) ?? [];
  const [target = ''] = rest.split('#');
  const at = target.indexOf('?');
  return at < 0 ? { path: target || '/', query: '' } : { path: target.slice(0, at) || '/', query: target.slice(at + 1) };
};

/**
 * The access token of the `Authorization` header; refuses when there is none.
 * OAuth 2.1 section 5.1: a token in the query ends in logs and histories, so it is refused even beside a good header.
 */
export const accessTokenOf = ({ url, headers }: IncomingRequest): string => {
  if (new URLSearchParams(pathAndQuery(url).query).has('access_token'))
    throw invalidToken('token.in_query', 'Send the access token in the Authorization header, never in the URL.');
  const header = headers.get('authorization') ?? '';
  // RFC 6750 section 3.1: a request without any token gets a challenge without an error code.
  if (!/^bearer(\s|$)/i.test(header)) throw new Refusal({ status: 401, reason: 'token.missing', description: 'This MCP server needs an access token.', challenge: {} });
  const token = BEARER.exec(header)?.[1];
  if (!token || token.length > MAX_LENGTH) throw invalidToken('token.malformed', 'The Authorization header holds no well-formed access token.');
  return token;
};
