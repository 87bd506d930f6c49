import { z } from 'zod';
import { OWN_POWER, SELF_SERVICE } from '../../../domain/agent/metadata-choices.js';
import { displayText, instant, ownerOf, withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';
import { AUTH_METHODS, agentSchema } from './agent-view.js';

const one = 'api/agents/:agent_id' as const;
const uri = z.string().max(2048);

const registration = z.strictObject({
  name: displayText(200), owner: ownerOf,
  redirect_uris: z.array(uri).max(20).default([]),
  grant_types: z.array(z.enum([...SELF_SERVICE, ...OWN_POWER])).min(1).max(20).optional()
    .describe('authorization_code and refresh_token when there are redirect_uris, else client_credentials'),
  token_endpoint_auth_method: z.enum(AUTH_METHODS).default('client_secret_basic'),
  application_type: z.enum(['native', 'web']).optional(), scope: z.string().max(4096).optional(),
  client_uri: uri.optional(), logo_uri: uri.optional(), jwks_uri: uri.optional(),
  jwks: z.record(z.string(), z.unknown()).optional(),
  lease_until: instant.optional().describe('Until when somebody stands up for it; it gets nothing after that'),
});
const secret = z.string().describe('Shown now and never again');

export const agentEndpoints = {
  read: endpoint({ name: 'readAgent', verb: 'get', path: one, scope: 'directory:read', says: 'One agent, as it is at this moment.', answer: agentSchema }),
  register: endpoint({
    name: 'registerAgent', verb: 'post', path: 'api/agents', scope: 'directory:write', status: 201, body: registration,
    says: 'Registers an agent and names who is accountable for it.', answer: agentSchema.extend({ client_secret: secret.optional() }),
  }),
  suspend: endpoint({
    name: 'suspendAgent', verb: 'post', path: `${one}/suspend`, scope: 'directory:write', body: withReason,
    says: 'From here on the agent gets nothing, and what it has stops working.', answer: agentSchema,
  }),
  resume: endpoint({ name: 'resumeAgent', verb: 'post', path: `${one}/resume`, scope: 'directory:write', says: 'Lets a suspended agent act again.', answer: agentSchema }),
  retire: endpoint({
    name: 'retireAgent', verb: 'post', path: `${one}/retire`, scope: 'directory:write', body: withReason,
    says: 'Ends the agent for good; its id is never given again.', answer: agentSchema,
  }),
  changeOwner: endpoint({
    name: 'changeAgentOwner', verb: 'post', path: `${one}/owner`, scope: 'directory:write', body: z.strictObject({ owner: ownerOf }),
    says: 'Makes another person or team accountable.', answer: agentSchema,
  }),
  changeTags: endpoint({
    name: 'changeAgentTags', verb: 'post', path: `${one}/tags`, scope: 'policy:write',
    body: z.strictObject({ tags: z.array(z.string().regex(/^[a-z0-9][a-z0-9_.:-]{0,63}$/)).max(50) }),
    says: 'Replaces the agent\'s tags. Policies decide by them, so it takes whoever may change policies.', answer: agentSchema,
  }),
  renewLease: endpoint({
    name: 'renewAgentLease', verb: 'post', path: `${one}/lease`, scope: 'directory:write', body: z.strictObject({ lease_until: instant }),
    says: 'Confirms that the agent is still wanted, until the given time.', answer: agentSchema,
  }),
  rotateSecret: endpoint({
    name: 'rotateAgentSecret', verb: 'post', path: `${one}/secret`, scope: 'directory:write',
    body: z.strictObject({ overlap: z.int().min(0).max(7 * 86_400).default(0).describe('Seconds for which the old secret still works') }),
    says: 'Gives the agent a new client secret.', answer: z.strictObject({ client_id: z.string(), client_secret: secret }),
  }),
};
