import { Refusal } from '../kernel/refusal.js';

/** The longest URI that Mandate keeps. */
export const MAX_URI = 2048;

// Schemes that run code, read files, or hand the code to a program that nobody chose (Windows' ms-* handlers, Android's
// intent:). Whatever follows the scheme, they are refused: `javascript://host/%0aalert(1)` has a host too.
const DANGEROUS = new Set([
  'javascript', 'data', 'vbscript', 'file', 'blob', 'filesystem', 'intent', 'about', 'view-source', 'jar', 'content',
  'ftp', 'ws', 'wss', 'smb', 'ssh', 'telnet', 'ldap', 'mailto', 'tel', 'sms', 'search', 'search-ms', 'shell',
]);
const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::([1-9]\d{0,4}))?(?=[/?]|$)(.*)$/;
// RFC 3986 appendix A: everything else is no character of a URI; browsers repair it, each in its own way.
const URI_CHARACTERS = /^[\w\-.~:/?[\]@!$&'()+,;=%]+$/;

const refuse = (why: string): never => {
  throw new Refusal('agent.redirect_uri_invalid', `A redirect URI can't be used: ${why}.`);
};

/**
 * Refuses a redirect URI that could send a code to somebody else than its owner, or run as a script (RFC 9700 sections
 * 2.1 and 4.1, RFC 8252). Accepted: https; http to localhost, 127.0.0.1 or [::1]; an application's own scheme when it has
 * a dot (`com.example.app:/cb`) or a host (`cursor://anysphere.cursor-mcp/cb`).
 */
export const checkRedirectUri = (uri: string): void => {
  if (uri.length === 0 || uri.length > MAX_URI) refuse(`it must have between 1 and ${MAX_URI} characters`);
  if (uri.includes('*')) refuse('wildcards are not allowed, register each URI in full');
  if (uri.includes('#')) refuse('it must not have a fragment');
  if (!URI_CHARACTERS.test(uri)) refuse('it has characters that no URI may have (spaces, backslashes, control characters, non-ASCII)');
  const [, scheme = '', authority, path = ''] = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?]*))?([^?]*)/i.exec(uri) ?? [];
  const name = scheme.toLowerCase();
  if (name === '') refuse('it must be absolute');
  if (DANGEROUS.has(name) || name.startsWith('ms-')) refuse(`the scheme ${name}: is not allowed`);
  if (authority?.includes('@')) refuse('it must not have a user name');
  if (hasDotSegment(path)) refuse('its path must not have "." or ".." segments');
  if (name === 'https') return checkWebHost(uri, authority);
  if (name === 'http') return LOOPBACK.test(uri) && validPort(uri) ? undefined : refuse('http is only for localhost, 127.0.0.1 and [::1]; use https');
  if (!URL.canParse(uri)) refuse('no browser can read it');
  if (!name.includes('.') && !authority) refuse(`the scheme ${name}: needs a host or a dotted name of its own, such as com.example.app:/callback`);
};

/**
 * Whether a code may go to `presented`, given one registered URI. The strings must be equal (RFC 9700 section 2.1); the one
 * exception is the port of an http loopback URI, which a native application learns only when it starts (RFC 8252
 * section 7.3; OAuth 2.1 includes localhost). Host, path and query stay exact there too.
 */
export const matchesRedirectUri = (registered: string, presented: string): boolean => {
  if (registered === presented) return true;
  const [ours, theirs] = [LOOPBACK.exec(registered), LOOPBACK.exec(presented)];
  return ours !== null && theirs !== null && ours[1] === theirs[1] && ours[3] === theirs[3] && validPort(presented);
};

/** True for http to the user's own machine: any program there may be listening, so consent says so. */
export const isLoopbackRedirect = (uri: string): boolean => LOOPBACK.test(uri);

/** True when only software on the user's device can receive it: loopback or a scheme of its own. */
export const isNativeRedirect = (uri: string): boolean => !/^https:/i.test(uri);

/** Encoded or not, with or without a parameter: `..`, `%2e%2e`, `..;x`, `a%2f..%2fb`. Look before any parser collapses them. */
export const hasDotSegment = (path: string): boolean =>
  path.replace(/%2e/gi, '.').replace(/%(2f|5c)/gi, '/').split('/').some((segment) => /^\.{1,2}(;|$)/.test(segment));

// What the browser will make of it must be what the check saw: no numeric, IDN or otherwise rewritten host.
const checkWebHost = (uri: string, authority: string | undefined): void => {
  const [, host] = /^([^:[\]]+|\[[\da-f:.]+\])(?::[1-9]\d{0,4})?$/i.exec(authority ?? '') ?? [];
  if (host === undefined || !URL.canParse(uri) || new URL(uri).hostname !== host.toLowerCase()) refuse('its host is not written in the usual way');
};

const validPort = (uri: string): boolean => {
  const port = LOOPBACK.exec(uri)?.[2];
  return port === undefined || Number(port) <= 65_535;
};
