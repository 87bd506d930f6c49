import { z } from 'zod';
import { isConnectionId } from '../../../commands/derived-ids.js';
import type { KnownGrant } from '../../../domain/grant/grant.decider.js';
import type { ListedGrant } from '../../../projections/active-grants/active-grants.queries.js';
import { instant, principalOf } from '../common.schemas.js';

export const GRANT_STATUS = ['active', 'expired', 'revoked'] as const;

export const grantSchema = z.strictObject({
  grant_id: z.string(), agent_id: z.string(), principal: principalOf, resource_id: z.string().optional(), connection_id: z.string().optional().describe('Of a grant to use a service'), scopes: z.array(z.string()),
  status: z.enum(GRANT_STATUS), via: z.enum(['consent', 'admin', 'identity_provider']), expires_at: instant.optional(),
  rests_on: z.array(z.strictObject({ scope: z.string(), trust_rule_id: z.string() })).optional().describe('Scopes that were given on the word of another issuer and end with the trust rule'),
  since: z.string().optional().describe('ISO 8601; in lists'), last_used_at: z.string().optional(), revoked_reason: z.string().optional(),
});
export type GrantView = z.infer<typeof grantSchema>;

/** Of a resource, or of a connection. */
export const targetView = (id: string) => (isConnectionId(id) ? { connection_id: id } : { resource_id: id });

export const grantView = (grant: Omit<KnownGrant, 'metadataDigest' | 'epoch'>, now: number): GrantView => ({
  grant_id: grant.grantId, agent_id: grant.agentId, principal: grant.principal, ...targetView(grant.resourceId), scopes: [...grant.scopes],
  status: grant.status === 'active' && grant.expiresAt !== undefined && grant.expiresAt <= now ? 'expired' : grant.status,
  via: grant.via, ...(grant.expiresAt === undefined ? {} : { expires_at: grant.expiresAt }),
});

export const listedGrantView = (grant: ListedGrant): GrantView => ({
  grant_id: grant.grantId, agent_id: grant.agentId, principal: grant.principal, ...targetView(grant.resourceId), scopes: [...grant.scopes],
  status: grant.status, via: grant.via, since: grant.since, ...(grant.restsOn ? { rests_on: grant.restsOn.map(({ scope, ruleId }) => ({ scope, trust_rule_id: ruleId })) } : {}),
  ...(grant.expiresAt === undefined ? {} : { expires_at: grant.expiresAt }), ...(grant.lastUsedAt === undefined ? {} : { last_used_at: grant.lastUsedAt }),
  ...(grant.revokedReason === undefined ? {} : { revoked_reason: grant.revokedReason }),
});
