import { isLoopback } from './loopback.js';

/** RFC 6749 section 3.3: printable ASCII without space, quote and backslash; so a scope never breaks out of a header. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

/** Options that make no sense stop the start, with a sentence that names the option. */
export const fail = (sentence: string): never => {
  throw new TypeError(sentence);
};

/** Returns the URL exactly as it was written: issuers and audiences are compared byte by byte. */
export const checkUrl = (what: string, value: string, allowHttp: boolean): string => {
  if (!URL.canParse(value)) fail(`${what} must be an absolute URL; got "${value}".`);
  const url = new URL(value);
  if (value.includes('#') || url.username || url.password) fail(`${what} must have no fragment and no user: "${value}".`);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && (allowHttp || isLoopback(url.hostname)))) return value;
  return fail(`${what} must be https (http is for this machine only, or with allowHttp): "${value}".`);
};

export const checkScopes = (what: string, scopes: readonly string[]): readonly string[] => {
  for (const scope of scopes) if (!SCOPE.test(scope)) fail(`${what} holds "${scope}", which can't be a scope.`);
  return scopes;
};

/** MCP 2026-07-28: a resource neither needs nor asks for `offline_access`; a tool that demanded it would be closed for ever. */
export const checkDemanded = (what: string, scopes: readonly string[]): readonly string[] =>
  checkScopes(what, scopes).includes('offline_access') ? fail(`${what} must not demand offline_access.`) : scopes;

export const checkNumber = (what: string, value: number, [low, high]: readonly [number, number]): number =>
  Number.isFinite(value) && value >= low && value <= high ? value : fail(`${what} must be from ${low} to ${high}; got ${value}.`);

export const checkText = (what: string, value: string): string => value || fail(`${what} must not be empty.`);
