import type { PolicyDocument, PolicyRule } from '../../domain/policy/policy-document.js';

const RULE = 'admin-api-needs-an-administrator';
const guard = (id: string, adminApi: string): PolicyRule => ({ id, effect: 'deny', resources: [adminApi], unlessRoles: ['admin', 'auditor'] });

/** What a new tenant starts with: what was granted is allowed, and only administrators' authority reaches the admin API. */
export const defaultPolicy = (adminApi: string): string =>
  JSON.stringify({ rules: [{ id: 'allow-what-was-granted', effect: 'allow' }, guard(RULE, adminApi)] }, null, 2);

/**
 * The same rules with the one that keeps people without a role away from an admin API at this address; undefined when
 * they deny it to somebody already. A hub that moves gets an admin API that no rule knows yet.
 */
export const guardingAdminApi = ({ rules }: PolicyDocument, adminApi: string): string | undefined => {
  if (rules.some(({ effect, resources }) => effect === 'deny' && (resources === undefined || resources.includes(adminApi)))) return undefined;
  const taken = new Set(rules.map(({ id }) => id));
  let id = RULE;
  for (let n = 2; taken.has(id); n += 1) id = `${RULE}-${n}`;
  return JSON.stringify({ rules: [...rules, guard(id, adminApi)] }, null, 2);
};
