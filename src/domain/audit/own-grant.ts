import type { Principal } from '../grant/principal.js';
import { streams } from '../kernel/ids.js';
import type { FoldedStreams, Problem } from './folded-streams.js';

interface Rests {
  readonly agentId: string;
  readonly principal: Principal;
  /** Or the connection. */
  readonly resourceId: string;
  readonly grantId: string;
  readonly authorizationId?: string | undefined;
}

export const isSame = (one: Principal, other: Principal): boolean => one.kind === other.kind && one.id === other.id;

/** A grant is of one agent, one principal and one resource, and a family of one grant: what names another's is not covered by it. */
export const strangersGrant = (folded: FoldedStreams, { agentId, principal, resourceId, grantId, authorizationId }: Rests, tenantId: string): Problem | undefined => {
  const grant = folded.at('grant', grantId, tenantId);
  if (grant.status !== 'none' && !(grant.agentId === agentId && grant.resourceId === resourceId && isSame(grant.principal, principal)))
    return { why: 'the grant is not of this agent, principal and resource', because: streams.grant(grantId) };
  if (authorizationId === undefined) return undefined;
  const family = folded.at('authorization', authorizationId, tenantId);
  if (family.status === 'unknown' || (family.agentId === agentId && family.grantId === grantId)) return undefined;
  return { why: 'the authorization is not of this agent and grant', because: streams.authorization(authorizationId) };
};
