import { Refusal } from '../kernel/refusal.js';
import { MAX_URI, hasDotSegment } from './redirect-uri.js';

export interface UrlOptions {
  /** Also http(s) to localhost and loopback addresses, on any port. For development; never on in production (draft-02 section 8.6). */
  readonly allowLoopback?: boolean;
}

/** Whether a client_id claims to be the address of a metadata document. Ids that Mandate gives never look like this. */
export const isClientIdUrl = (clientId: string): boolean => /^https?:\/\//i.test(clientId);

const refuse = (why: string): never => {
  throw new Refusal('agent.metadata_invalid', `The client_id URL can't be used: ${why}.`);
};

/**
 * Refuses what is no client identifier URL (CIMD draft-02 section 3), before anything is looked up or fetched. It must be
 * https with a path, on port 443, in the one form that a URL parser leaves as it is, so that the string that is compared
 * and the address that is fetched can't come apart.
 */
export const checkClientIdUrl = (url: string, { allowLoopback = false }: UrlOptions = {}): void => {
  if (url.length > MAX_URI) refuse(`it is longer than ${MAX_URI} characters`);
  const [, scheme, authority = '', path = '', query = ''] = /^(https?):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(?=#|$)/.exec(url) ?? [];
  if (scheme === undefined) refuse('it must begin with https://');
  if (url.includes('#')) refuse('it must not have a fragment');
  if (authority.includes('@')) refuse('it must not have a user name');
  if (path === '' || path === '/') refuse('it must have a path that names the document');
  if (hasDotSegment(path)) refuse('its path must not have "." or ".." segments');
  const loopback = allowLoopback && /^(localhost|127\.0\.0\.1|\[::1\])(:[1-9]\d{0,4})?$/.test(authority);
  if (!loopback && scheme !== 'https') refuse('it must begin with https://');
  // `:443` is another client_id than none (simple string comparison), but the same place.
  const host = loopback ? authority : authority.replace(/:443$/, '');
  const plain = `${scheme}://${host}${path}${query}`;
  if (!URL.canParse(plain) || new URL(plain).href !== plain) refuse('it is not in normal form (lower-case host, no default port, escaped characters)');
  if (!loopback) checkPublicHost(host);
};

const checkPublicHost = (host: string): void => {
  if (host.includes(':')) refuse('only port 443 is allowed');
  if (!isPublicName(host)) refuse('its host must be a public name, not an address or a local name');
};

/** A name that can stand for somebody on the internet. URL parsers have turned every numeric spelling into digits and dots by now. */
export const isPublicName = (host: string): boolean =>
  /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(host) && !/\.(\d+|localhost|local|internal|localdomain|home\.arpa)$/.test(host);
