import { z } from 'zod';
import type { KnownAgent } from '../../../domain/agent/agent.decider.js';
import { instant, ownerOf } from '../common.schemas.js';

export const AGENT_STATUS = ['active', 'suspended', 'expired', 'retired'] as const;
export const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'workload_token'] as const;
export const REGISTERED_BY = ['admin', 'dynamic', 'metadata_document', 'workload'] as const;

/** An agent as the directory shows it. Members of client metadata have their names of RFC 7591; there is no secret in it, nor the digest of one. */
export const agentSchema = z.strictObject({
  agent_id: z.string(), client_id: z.string(), name: z.string(), status: z.enum(AGENT_STATUS), owner: ownerOf,
  registered_by: z.enum(REGISTERED_BY).describe('An administrator, RFC 7591, its own metadata document, or a token of its platform'),
  trust_rule_id: z.string().optional().describe('The trust rule that brought it here'), lease_until: instant.optional(),
  tags: z.array(z.string()).describe('Words that policies decide by'),
  redirect_uris: z.array(z.string()), grant_types: z.array(z.string()), token_endpoint_auth_method: z.enum(AUTH_METHODS),
  application_type: z.enum(['native', 'web']), scope: z.string().optional(), client_uri: z.string().optional(), logo_uri: z.string().optional(),
  jwks_uri: z.string().optional(), jwks: z.record(z.string(), z.unknown()).optional(),
});
export type AgentView = z.infer<typeof agentSchema>;

/** `now`: a lease that has run out counts as expired, whether or not anybody has recorded that yet. */
export const agentView = (agent: KnownAgent, now: number): AgentView => {
  const { metadata, leaseUntil } = agent;
  const isOver = agent.status === 'active' && leaseUntil !== undefined && leaseUntil <= now;
  return {
    agent_id: agent.agentId, client_id: agent.clientId, name: agent.name, status: isOver ? 'expired' : agent.status,
    owner: agent.owner, registered_by: agent.method, tags: [...agent.tags],
    ...(agent.trustRuleId === undefined ? {} : { trust_rule_id: agent.trustRuleId }), ...(leaseUntil === undefined ? {} : { lease_until: leaseUntil }),
    redirect_uris: [...metadata.redirectUris], grant_types: [...metadata.grantTypes],
    token_endpoint_auth_method: metadata.tokenEndpointAuthMethod, application_type: metadata.applicationType,
    ...(metadata.scope === undefined ? {} : { scope: metadata.scope.join(' ') }),
    ...(metadata.clientUri === undefined ? {} : { client_uri: metadata.clientUri }),
    ...(metadata.logoUri === undefined ? {} : { logo_uri: metadata.logoUri }),
    ...(metadata.jwksUri === undefined ? {} : { jwks_uri: metadata.jwksUri }),
    ...(metadata.jwks === undefined ? {} : { jwks: JSON.parse(metadata.jwks) as Record<string, unknown> }),
  };
};
