import type { ToolDemand } from './options.js';
import type { Principal } from './principal.js';
import { Refusal } from './refusal.js';
import type { Settings } from './settings.js';

type Rules = Pick<Settings, 'tools' | 'unlisted' | 'methods'>;

/** The name comes from the caller and may be anything, also an object that refuses to become text. */
const printable = (name: unknown): string => (typeof name === 'string' ? name.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?').slice(0, 64) : '');

const toolDemand = (name: unknown, rules: Rules): ToolDemand => {
  const demand = (typeof name === 'string' ? rules.tools.get(name) : undefined) ?? rules.unlisted;
  if (demand) return demand;
  // No scope opens an unlisted tool, so this is no `insufficient_scope`: that would send clients to ask for nothing, again and again.
  throw new Refusal({ status: 403, reason: 'tool.unmapped', description: `The tool "${printable(name)}" is not open to anyone here.` });
};

/**
 * What the messages of a body demand, one entry per demanding message. A batch (JSON-RPC 2.0 section 6, which clients
 * before 2025-06-18 may send) is judged as a whole: every entry counts.
 */
export const demandsOf = (body: unknown, rules: Rules): readonly ToolDemand[] =>
  (Array.isArray(body) ? body : [body]).flatMap((message: unknown): readonly ToolDemand[] => {
    if (typeof message !== 'object' || message === null) return [];
    const { method, params } = message as { method?: unknown; params?: { name?: unknown } | null };
    if (method === 'tools/call') return [toolDemand(params?.name, rules)];
    const scopes = typeof method === 'string' ? rules.methods.get(method) : undefined;
    return scopes ? [{ scopes }] : [];
  });

/** RFC 9470 section 3: whether the sign-in behind the token was strong and recent enough. */
const isSignedInFor = ({ acrValues, maxAge }: ToolDemand, { acr, authTime }: Principal, { now, clockSkew }: Settings): boolean =>
  (!acrValues || (acr !== undefined && acrValues.includes(acr))) &&
  (maxAge === undefined || (authTime !== undefined && now() / 1000 - authTime <= maxAge + clockSkew));

/**
 * Refuses a principal whose token doesn't carry everything that the request demands. The challenge names all scopes of
 * the operation at once, also those that are granted already, so that one round of consent is enough.
 */
export const checkDemands = (demands: readonly ToolDemand[], principal: Principal, settings: Settings): void => {
  const scopes = [...new Set(demands.flatMap((demand) => demand.scopes))];
  const weak = demands.find((demand) => !isSignedInFor(demand, principal, settings));
  if (weak) {
    const { acrValues, maxAge } = weak;
    throw new Refusal({
      status: 401,
      reason: 'authentication.insufficient',
      description: acrValues ? 'This operation needs a stronger sign-in of the user.' : 'This operation needs a more recent sign-in of the user.',
      challenge: { error: 'insufficient_user_authentication', scopes, ...(acrValues && { acrValues }), ...(maxAge !== undefined && { maxAge }) },
    });
  }
  if (scopes.every((scope) => settings.satisfies(principal.scopes, scope))) return;
  throw new Refusal({
    status: 403,
    reason: 'scope.insufficient',
    description: `This operation needs the scope ${scopes.join(' ')}.`,
    challenge: { error: 'insufficient_scope', scopes },
  });
};
