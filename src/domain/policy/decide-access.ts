import type { KnownAgent, Agent } from '../agent/agent.decider.js';
import { type Grant, hasRunOut } from '../grant/grant.decider.js';
import type { RefusalCode } from '../kernel/refusal.js';
import type { Resource } from '../resource/resource.decider.js';
import type { Tenant } from '../tenant/tenant.decider.js';
import { admitsClient } from '../tenant/admits-client.js';
import { isIdentityScope } from '../token/identity-scopes.js';
import type { User } from '../user/user.decider.js';
import type { PolicyRule } from './policy-document.js';
import type { PolicyBook } from './policy.decider.js';

/** Everything a decision looks at; nothing else may influence it. */
export interface AccessRequest {
  readonly grantType: string;
  readonly tenant: Tenant;
  readonly agent: Agent;
  /** The user on whose authority it happens; undefined when the agent acts for itself. */
  readonly user: User | undefined;
  readonly resource: Resource;
  readonly policy: PolicyBook;
  /** 'asking': consent is being asked for, so no grant limits the scopes yet. */
  readonly grant: Grant | 'asking';
  /** The epoch of the grant that a code or refresh token was issued under; undefined when it is not bound to one. */
  readonly grantEpoch: number | undefined;
  /** When the user agreed (NumericDate); undefined when no user did. A password set later ends what was agreed before. */
  readonly agreedAt: number | undefined;
  readonly scopes: readonly string[];
  readonly now: number;
}

export interface DeniedScope {
  readonly scope: string;
  readonly reason: string;
}
export type Decision =
  | { readonly allowed: true; readonly scopes: readonly string[]; readonly denied: readonly DeniedScope[]; readonly policyVersion: number; readonly ruleIds: readonly string[] }
  | { readonly allowed: false; readonly reason: RefusalCode; readonly denied: readonly DeniedScope[]; readonly policyVersion?: number };

const agentProblem = ({ tenant, agent, grantType, now }: AccessRequest): RefusalCode | undefined => {
  if (agent.status === 'unknown') return 'agent.unknown';
  if (agent.status === 'suspended') return 'agent.suspended';
  if (agent.status === 'retired') return 'agent.retired';
  if (!admitsClient(tenant, agent)) return 'registration.closed';
  // Judged at use, not by a sweep: a job that is late must not lengthen a lease.
  if (agent.status === 'expired' || (agent.leaseUntil !== undefined && agent.leaseUntil <= now)) return 'agent.lease_expired';
  return agent.metadata.grantTypes.includes(grantType) ? undefined : 'agent.grant_type_not_allowed';
};

const userProblem = ({ user, agreedAt }: AccessRequest): RefusalCode | undefined => {
  if (!user) return undefined;
  if (user.status !== 'active') return user.status === 'unknown' ? 'user.unknown' : 'user.disabled';
  return agreedAt !== undefined && user.passwordSetAt > agreedAt ? 'authorization.revoked' : undefined;
};

const grantProblem = ({ grant, grantEpoch, agent, now }: AccessRequest): RefusalCode | undefined => {
  if (grant === 'asking') return undefined;
  if (grant.status === 'none') return 'grant.unknown';
  if (grant.status === 'revoked') return 'grant.revoked';
  if (hasRunOut(grant, now)) return 'grant.expired';
  if (grantEpoch !== undefined && grantEpoch !== grant.epoch) return 'grant.epoch_ended';
  // Consent was given to other redirect URIs, keys or another name (CM-13, DC-07).
  return grant.metadataDigest === (agent as KnownAgent).metadataDigest ? undefined : 'agent.metadata_changed';
};

const problem = (request: AccessRequest): RefusalCode | undefined => {
  const { tenant, resource } = request;
  if (tenant.status === 'unknown') return 'tenant.unknown';
  if (tenant.status === 'suspended') return 'tenant.suspended';
  const personal = agentProblem(request) ?? userProblem(request);
  if (personal) return personal;
  if (resource.status !== 'active') return resource.status === 'unknown' ? 'resource.unknown' : 'resource.withdrawn';
  return grantProblem(request);
};

const touches = (rule: PolicyRule, { resource, user }: AccessRequest): boolean => {
  if (rule.resources && !(resource.status !== 'unknown' && rule.resources.includes(resource.uri))) return false;
  if (!rule.unlessRoles) return true;
  return user?.status === 'active' && !rule.unlessRoles.some((role) => user.roles.includes(role));
};

/**
 * The one decision. Called by every path that shows a consent page, issues a code or issues a token, and once more at
 * the token's own place in the log. Pure: the same inputs always give the same answer.
 */
export const decideAccess = (request: AccessRequest): Decision => {
  const reason = problem(request);
  if (reason) return { allowed: false, reason, denied: [] };
  const { active } = request.policy;
  if (!active) return { allowed: false, reason: 'policy.missing', denied: [] };
  const policyVersion = active.version;
  const rules = active.document.rules.filter((rule) => touches(rule, request));
  const denies = rules.find(({ effect }) => effect === 'deny');
  const allows = rules.filter(({ effect }) => effect === 'allow').map(({ id }) => id);
  if (denies || allows.length === 0) {
    const because = denies?.id ?? 'no_rule_allows';
    return { allowed: false, reason: 'policy.denied', denied: request.scopes.map((scope) => ({ scope, reason: because })), policyVersion };
  }
  const { resource, grant, user } = request;
  const known = resource.status === 'unknown' ? [] : resource.scopes.map(({ name }) => name);
  const scopes: string[] = [];
  const denied: DeniedScope[] = [];
  for (const scope of new Set(request.scopes)) {
    // Who somebody is can be told of a person only, with whatever resource the token is for.
    if (!known.includes(scope) && !(user && isIdentityScope(scope))) denied.push({ scope, reason: 'resource.scope_unknown' });
    else if (grant !== 'asking' && grant.status !== 'none' && !grant.scopes.includes(scope)) denied.push({ scope, reason: 'grant.scope_missing' });
    else scopes.push(scope);
  }
  if (scopes.length === 0) return { allowed: false, reason: 'scope.none_allowed', denied, policyVersion };
  return { allowed: true, scopes, denied, policyVersion, ruleIds: allows };
};
