import { z } from 'zod';
import { instant, principalOf, scopes, withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';
import { PATH_PARAMETERS } from '../path-parameters.js';
import { grantSchema } from './grant-view.js';

const one = 'api/grants/:grant_id' as const;

export const grantEndpoints = {
  read: endpoint({ name: 'readGrant', verb: 'get', path: one, scope: 'directory:read', says: 'One grant.', answer: grantSchema }),
  give: endpoint({
    name: 'giveGrant', verb: 'post', path: 'api/grants', scope: 'directory:write', status: 201,
    body: z.strictObject({
      agent_id: z.string().regex(PATH_PARAMETERS.agent_id.pattern), resource_id: z.string().regex(PATH_PARAMETERS.resource_id.pattern).optional(),
      connection_id: z.string().regex(PATH_PARAMETERS.connection_id.pattern).optional().describe('A service in place of a resource: one of the two'),
      principal: principalOf.optional().describe('On whose authority; the agent itself when it is left out'),
      scopes: scopes.min(1),
      expires_at: instant.nullable().optional().describe('Null: without an end. Left out: a grant in force keeps the end it has, a new one has none'),
    }),
    says: 'Lets an agent use a resource or a connection: for itself, or for a user without asking that user. One in force is widened, or ends at another time; one that is over begins anew.', answer: grantSchema,
  }),
  revoke: endpoint({
    name: 'revokeGrant', verb: 'post', path: `${one}/revoke`, scope: 'directory:write', body: withReason,
    says: 'Ends the grant with everything that was issued under it.', answer: grantSchema,
  }),
  narrow: endpoint({
    name: 'narrowGrant', verb: 'post', path: `${one}/narrow`, scope: 'directory:write', body: z.strictObject({ scopes: scopes.min(1) }),
    says: 'Takes scopes away; the given ones remain.', answer: grantSchema,
  }),
};
