import { isLoopback } from './loopback.js';
import type { ProtectionOptions, ToolDemand, ToolRule } from './options.js';

/** RFC 6749 section 3.3: printable ASCII without space, quote and backslash; so a scope never breaks out of a header. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;
const ALGORITHMS: readonly string[] = ['ES256', 'RS256', 'PS256', 'EdDSA'];

const fail = (sentence: string): never => {
  throw new TypeError(sentence);
};
const checkUrl = (what: string, value: string, allowHttp: boolean): string => {
  if (!URL.canParse(value)) fail(`${what} must be an absolute URL; got "${value}".`);
  const url = new URL(value);
  if (value.includes('#') || url.username || url.password) fail(`${what} must have no fragment and no user: "${value}".`);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && (allowHttp || isLoopback(url.hostname)))) return value;
  return fail(`${what} must be https (http is for this machine only, or with allowHttp): "${value}".`);
};
const checkScopes = (what: string, scopes: readonly string[]): readonly string[] => {
  for (const scope of scopes) if (!SCOPE.test(scope)) fail(`${what} holds "${scope}", which can't be a scope.`);
  return scopes;
};
const checkNumber = (what: string, value: number, [low, high]: readonly [number, number]): number =>
  Number.isFinite(value) && value >= low && value <= high ? value : fail(`${what} must be from ${low} to ${high}; got ${value}.`);
const checkText = (what: string, value: string): string => value || fail(`${what} must not be empty.`);

const isList = (rule: ToolRule): rule is readonly string[] => Array.isArray(rule);
const demandOf = (what: string, rule: ToolRule): ToolDemand => {
  const demand = isList(rule) ? { scopes: rule } : rule;
  checkScopes(what, demand.scopes);
  if (demand.acrValues) checkScopes(`${what} (acrValues)`, demand.acrValues);
  if (demand.acrValues?.length === 0) fail(`${what} (acrValues) must not be empty.`);
  if (demand.maxAge !== undefined) checkNumber(`${what} (maxAge)`, demand.maxAge, [0, Number.MAX_SAFE_INTEGER]);
  return demand;
};
/** Maps, never objects: a tool may be called `__proto__` or `constructor`, and the name comes from the caller. */
const rulesOf = (tools: ProtectionOptions['tools']): ReadonlyMap<string, ToolDemand> => {
  const entries = Symbol.iterator in tools ? [...(tools as Iterable<readonly [string, ToolRule]>)] : Object.entries(tools);
  return new Map(entries.map(([name, rule]) => [name, demandOf(`The rule of tool "${name}"`, rule)]));
};
/** MCP 2026-07-28: refresh tokens are no concern of a resource, so it never asks for them. */
const withoutOffline = (scopes: Iterable<string>): readonly string[] => [...new Set(scopes)].filter((scope) => scope !== 'offline_access');

/** The options, checked once and completed; everything else reads only this. Throws a TypeError that names the option. */
export const settingsOf = (options: ProtectionOptions) => {
  const allowHttp = options.allowHttp ?? false;
  const tools = rulesOf(options.tools);
  const methods = new Map(Object.entries(options.methods ?? {}).map(([name, scopes]) => [name, checkScopes(`methods["${name}"]`, scopes)]));
  if (methods.has('tools/call')) fail('methods must not list "tools/call"; use tools.');
  const unlisted = options.defaultToolScopes && demandOf('defaultToolScopes', options.defaultToolScopes);
  const defaultScopes = options.defaultScopes && withoutOffline(checkScopes('defaultScopes', options.defaultScopes));
  const named = [...(defaultScopes ?? []), ...[...tools.values()].flatMap(({ scopes }) => scopes), ...(unlisted?.scopes ?? []), ...[...methods.values()].flat()];
  const scopes = withoutOffline(checkScopes('scopes', options.scopes ?? named));
  const algorithms = options.algorithms ?? ALGORITHMS;
  for (const name of algorithms) if (!ALGORITHMS.includes(name)) fail(`algorithms: "${name}" is not accepted; choose from ${ALGORITHMS.join(', ')}.`);
  if (algorithms.length === 0) fail('algorithms must not be empty.');
  if (typeof options.tenant === 'string') checkText('tenant', options.tenant);
  return {
    issuer: checkUrl('issuer', options.issuer, allowHttp),
    resource: checkUrl('resource', options.resource, allowHttp),
    allowHttp,
    name: options.name,
    documentation: options.documentation && checkUrl('documentation', options.documentation, true),
    tools,
    unlisted,
    methods,
    scopes,
    defaultScopes: defaultScopes ?? scopes,
    satisfies: options.satisfies ?? ((granted: readonly string[], needed: string) => granted.includes(needed)),
    tenant: options.tenant,
    tenantClaim: checkText('tenantClaim', options.tenantClaim ?? 'tenant'),
    introspect: options.introspect && {
      clientId: checkText('introspect.clientId', options.introspect.clientId),
      clientSecret: checkText('introspect.clientSecret', options.introspect.clientSecret),
      cacheMs: checkNumber('introspect.cacheMs', options.introspect.cacheMs ?? 500, [0, 1000]),
    },
    algorithms: [...algorithms],
    clockSkew: checkNumber('clockSkew', options.clockSkew ?? 5, [0, 60]),
    exposeToken: options.exposeToken ?? false,
    maxBodyBytes: checkNumber('maxBodyBytes', options.maxBodyBytes ?? 4 * 1024 * 1024, [1, Number.MAX_SAFE_INTEGER]),
    streamCheckMs: checkNumber('streamCheckMs', options.streamCheckMs ?? 1000, [1, 60_000]),
    onRefusal: options.onRefusal,
    fetch: options.fetch ?? ((input: Parameters<typeof fetch>[0], init?: RequestInit) => globalThis.fetch(input, init)),
    now: options.now ?? Date.now,
  } as const;
};
export type Settings = ReturnType<typeof settingsOf>;
