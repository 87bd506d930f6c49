import type { PolicyDocument } from './policy-document.js';
import type { PolicyRule } from './rule-shape.js';

export interface PolicyDiff {
  readonly added: readonly PolicyRule[];
  readonly removed: readonly PolicyRule[];
  readonly changed: readonly { readonly id: string; readonly before: PolicyRule; readonly after: PolicyRule }[];
}

/** Rule by rule, by id: the order of rules and of their members decides nothing. */
export const diffPolicies = (before: PolicyDocument, after: PolicyDocument): PolicyDiff => {
  const [old, now] = [byId(before), byId(after)];
  return {
    added: after.rules.filter(({ id }) => !old.has(id)),
    removed: before.rules.filter(({ id }) => !now.has(id)),
    changed: after.rules.flatMap((rule) => {
      const was = old.get(rule.id);
      return was === undefined || canonical(was) === canonical(rule) ? [] : [{ id: rule.id, before: was, after: rule }];
    }),
  };
};

const byId = ({ rules }: PolicyDocument): ReadonlyMap<string, PolicyRule> => new Map(rules.map((rule) => [rule.id, rule]));
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === 'object' && item !== null && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item));
