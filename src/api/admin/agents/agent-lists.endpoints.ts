import { z } from 'zod';
import { instant, ownerOf, pageOf, pageQuery, principalOf } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';
import { grantSchema } from '../grants/grant-view.js';
import { AGENT_STATUS, AUTH_METHODS, REGISTERED_BY } from './agent-view.js';

/** `user:usr_…` or `team:…` in a query. */
const owner = z.string().regex(/^(user|team):[\w-]{1,80}$/, 'must be user:<id> or team:<id>')
  .transform((text) => ({ kind: text.slice(0, 4) as 'user' | 'team', id: text.slice(5) }));

export const listedAgentSchema = z.strictObject({
  agent_id: z.string(), client_id: z.string(), name: z.string(), status: z.enum(AGENT_STATUS), owner: ownerOf,
  registered_by: z.enum(REGISTERED_BY), lease_until: instant.optional(),
  token_endpoint_auth_method: z.enum(AUTH_METHODS), grant_types: z.array(z.string()), client_uri: z.string().optional(),
  redirect_hosts: z.array(z.string()).describe('Where it sends people back to'),
  registered_at: z.string().describe('ISO 8601'), last_used_at: z.string().optional().describe('When it last got a token'),
  tokens_issued: z.int(), tokens_refused: z.int(),
});

export const activitySchema = z.strictObject({
  event_id: z.string(), position: z.string(), type: z.string(), at: z.string(), outcome: z.enum(['issued', 'voided', 'refused', 'denied']),
  reason: z.string().optional().describe('More exact than what the agent was told'), grant_type: z.string().optional(), resource_id: z.string().optional(),
  principal: principalOf.optional(), grant_id: z.string().optional(), jti: z.string().optional(), scopes: z.array(z.string()),
});

export const agentListEndpoints = {
  agents: endpoint({
    name: 'listAgents', verb: 'get', path: 'api/agents', scope: 'directory:read', readModel: true,
    query: pageQuery.extend({
      status: z.enum(AGENT_STATUS).optional(), owner: owner.optional().describe('user:<id> or team:<id>'),
      q: z.string().max(200).optional().describe('Part of the name or the client_id'),
    }),
    says: 'The tenant\'s agents, newest first.', answer: pageOf(listedAgentSchema),
  }),
  grants: endpoint({
    name: 'listGrantsOfAgent', verb: 'get', path: 'api/agents/:agent_id/grants', scope: 'directory:read', readModel: true,
    query: pageQuery, says: 'What the agent may use, on whose authority.', answer: pageOf(grantSchema),
  }),
  activity: endpoint({
    name: 'listActivityOfAgent', verb: 'get', path: 'api/agents/:agent_id/activity', scope: 'history:read', readModel: true,
    query: pageQuery.extend({ outcome: z.enum(['issued', 'voided', 'refused', 'denied']).optional() }),
    says: 'What the agent did and was refused, newest first.', answer: pageOf(activitySchema),
  }),
};
