import { checkDemanded, checkNumber, checkScopes, checkText, checkUrl, fail } from './option-checks.js';
import type { ProtectionOptions } from './options.js';
import { demandOf, rulesOf } from './tool-rules.js';

const ALGORITHMS: readonly string[] = ['ES256', 'RS256', 'PS256', 'EdDSA'];

/** MCP 2026-07-28: refresh tokens are no concern of a resource, so it never asks for them. */
const withoutOffline = (scopes: Iterable<string>): readonly string[] => [...new Set(scopes)].filter((scope) => scope !== 'offline_access');

/** Everything that is demanded, and what clients are told to ask for. */
const demandsIn = (options: ProtectionOptions) => {
  const tools = rulesOf(options.tools);
  const methods = new Map(Object.entries(options.methods ?? {}).map(([name, scopes]) => [name, checkDemanded(`methods["${name}"]`, scopes)]));
  if (methods.has('tools/call')) fail('methods must not list "tools/call"; use tools.');
  const unlisted = options.defaultToolScopes && demandOf('defaultToolScopes', options.defaultToolScopes);
  const first = options.defaultScopes && withoutOffline(checkScopes('defaultScopes', options.defaultScopes));
  const named = [...(first ?? []), ...[...tools.values()].flatMap(({ scopes }) => scopes), ...(unlisted?.scopes ?? []), ...[...methods.values()].flat()];
  const scopes = withoutOffline(checkScopes('scopes', options.scopes ?? named));
  return { tools, methods, unlisted, scopes, defaultScopes: first ?? scopes };
};

const algorithmsIn = ({ algorithms = ALGORITHMS }: ProtectionOptions): string[] => {
  for (const name of algorithms) if (!ALGORITHMS.includes(name)) fail(`algorithms: "${name}" is not accepted; choose from ${ALGORITHMS.join(', ')}.`);
  return algorithms.length > 0 ? [...algorithms] : fail('algorithms must not be empty.');
};

const introspectionIn = ({ introspect }: ProtectionOptions) =>
  introspect && {
    clientId: checkText('introspect.clientId', introspect.clientId),
    clientSecret: checkText('introspect.clientSecret', introspect.clientSecret),
    // More than a second would break the promise that a suspension counts within one.
    cacheMs: checkNumber('introspect.cacheMs', introspect.cacheMs ?? 500, [0, 1000]),
  };

/** Looked up at each call: whoever replaces the global `fetch`, for tracing or for a proxy, is heard. */
const globalFetch = (input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> => globalThis.fetch(input, init);

const limitsIn = (options: ProtectionOptions) => ({
  clockSkew: checkNumber('clockSkew', options.clockSkew ?? 5, [0, 60]),
  maxBodyBytes: checkNumber('maxBodyBytes', options.maxBodyBytes ?? 4 * 1024 * 1024, [1, Number.MAX_SAFE_INTEGER]),
  streamCheckMs: checkNumber('streamCheckMs', options.streamCheckMs ?? 1000, [1, 60_000]),
});

/** The options, checked once and completed; everything else reads only this. Throws a TypeError that names the option. */
export const settingsOf = (options: ProtectionOptions) => {
  const { allowHttp = false, tenant } = options;
  if (typeof tenant === 'string') checkText('tenant', tenant);
  return {
    ...demandsIn(options),
    ...limitsIn(options),
    issuer: checkUrl('issuer', options.issuer, allowHttp),
    resource: checkUrl('resource', options.resource, allowHttp),
    allowHttp,
    name: options.name,
    documentation: options.documentation && checkUrl('documentation', options.documentation, true),
    satisfies: options.satisfies ?? ((granted: readonly string[], needed: string) => granted.includes(needed)),
    tenant,
    tenantClaim: checkText('tenantClaim', options.tenantClaim ?? 'tenant'),
    introspect: introspectionIn(options),
    algorithms: algorithmsIn(options),
    exposeToken: options.exposeToken ?? false,
    onRefusal: options.onRefusal,
    fetch: options.fetch ?? globalFetch,
    now: options.now ?? Date.now,
  } as const;
};
export type Settings = ReturnType<typeof settingsOf>;
