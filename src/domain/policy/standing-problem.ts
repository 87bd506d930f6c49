import type { KnownAgent } from '../agent/agent.decider.js';
import { hasRunOut } from '../grant/grant.decider.js';
import type { RefusalCode } from '../kernel/refusal.js';
import { admitsClient } from '../tenant/admits-client.js';
import { type AccessRequest, isConnection } from './access-request.js';

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
  if (grant === 'asking' || grant === 'none_needed') return undefined;
  if (grant.status === 'none') return 'grant.unknown';
  if (grant.status === 'revoked') return 'grant.revoked';
  if (hasRunOut(grant, now)) return 'grant.expired';
  if (grantEpoch !== undefined && grantEpoch !== grant.epoch) return 'grant.epoch_ended';
  // Consent was given to other redirect URIs, keys or another name (CM-13, DC-07).
  return grant.metadataDigest === (agent as KnownAgent).metadataDigest ? undefined : 'agent.metadata_changed';
};

const targetProblem = ({ target }: AccessRequest): RefusalCode | undefined => {
  if (target.status === 'active') return undefined;
  if (isConnection(target)) return `connection.${target.status}`;
  return target.status === 'unknown' ? 'resource.unknown' : 'resource.withdrawn';
};

/** What stands in the way whatever the rules say; undefined when nothing does. */
export const standingProblem = (request: AccessRequest): RefusalCode | undefined => {
  const { tenant } = request;
  if (tenant.status === 'unknown') return 'tenant.unknown';
  if (tenant.status === 'suspended') return 'tenant.suspended';
  return agentProblem(request) ?? userProblem(request) ?? targetProblem(request) ?? grantProblem(request);
};
