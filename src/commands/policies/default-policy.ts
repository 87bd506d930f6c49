import type { PolicyDocument } from '../../domain/policy/policy-document.js';
import type { PolicyRule } from '../../domain/policy/rule-shape.js';

const RULE = 'admin-api-needs-an-administrator';
const guard = (id: string, adminApi: string): PolicyRule => ({
  id, effect: 'deny', principals: { kinds: ['user'] }, targets: { resources: [adminApi] }, unless: { principals: { roles: ['admin', 'auditor'] } },
});

/** What a new tenant starts with: what was granted is allowed, and only administrators' authority reaches the admin API. */
export const defaultPolicy = (adminApi: string): string =>
  JSON.stringify({ rules: [{ id: 'allow-what-was-granted', effect: 'allow' }, guard(RULE, adminApi)] }, null, 2);

/** At least as much as the guard does; one guard too many does no harm. */
const keepsPeopleAway = ({ effect, agents, principals, targets, condition }: PolicyRule, adminApi: string): boolean => {
  if (effect !== 'deny' || agents || condition !== undefined) return false;
  const { kinds = ['user'], ...otherPrincipals } = principals ?? {};
  const { resources = [adminApi], ...otherTargets } = targets ?? {};
  const isNarrower = Object.keys(otherPrincipals).length > 0 || Object.keys(otherTargets).length > 0;
  return !isNarrower && kinds.includes('user') && resources.includes(adminApi);
};

/**
 * The same rules with the one that keeps people without a role away from an admin API at this address; undefined when
 * they deny it to somebody already. A hub that moves gets an admin API that no rule knows yet.
 */
export const guardingAdminApi = ({ rules }: PolicyDocument, adminApi: string): string | undefined => {
  if (rules.some((rule) => keepsPeopleAway(rule, adminApi))) return undefined;
  const taken = new Set(rules.map(({ id }) => id));
  let id = RULE;
  for (let n = 2; taken.has(id); n += 1) id = `${RULE}-${n}`;
  return JSON.stringify({ rules: [...rules, guard(id, adminApi)] }, null, 2);
};
