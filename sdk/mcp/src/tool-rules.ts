import { checkDemanded, checkNumber, checkScopes, fail } from './option-checks.js';
import type { ProtectionOptions, ToolDemand, ToolRule } from './options.js';

const isList = (rule: ToolRule): rule is readonly string[] => Array.isArray(rule);

export const demandOf = (what: string, rule: ToolRule): ToolDemand => {
  const demand = isList(rule) ? { scopes: rule } : rule;
  checkDemanded(what, demand.scopes);
  if (demand.acrValues) checkScopes(`${what} (acrValues)`, demand.acrValues);
  if (demand.acrValues?.length === 0) fail(`${what} (acrValues) must not be empty.`);
  if (demand.maxAge !== undefined) checkNumber(`${what} (maxAge)`, demand.maxAge, [0, Number.MAX_SAFE_INTEGER]);
  return demand;
};

/** Maps, never objects: a tool may be called `__proto__` or `constructor`, and the name comes from the caller. */
export const rulesOf = (tools: ProtectionOptions['tools']): ReadonlyMap<string, ToolDemand> => {
  const entries = Symbol.iterator in tools ? [...(tools as Iterable<readonly [string, ToolRule]>)] : Object.entries(tools);
  return new Map(entries.map(([name, rule]) => [name, demandOf(`The rule of tool "${name}"`, rule)]));
};
