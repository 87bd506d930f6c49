import { z } from 'zod';
import { pageOf, pageQuery } from './common.schemas.js';
import { endpoint } from './endpoint.js';
import { GRANT_STATUS, grantSchema } from './grants/grant-view.js';
import { PATH_PARAMETERS } from './path-parameters.js';
import { resourceSchema } from './resources/resource-view.js';
import { tenantSchema } from './tenants/tenant-view.js';
import { userSchema } from './users/user-view.js';
import { reveal } from './users/users.endpoints.js';

const principal = z.string().regex(/^(user:usr|agent:agt)_[\w-]{1,64}$/, 'must be user:<id> or agent:<id>').transform((text) => {
  const [kind, id] = text.split(':') as ['user' | 'agent', string];
  return { kind, id };
});

export const listEndpoints = {
  grants: endpoint({
    name: 'listGrants', verb: 'get', path: 'api/grants', scope: 'directory:read', readModel: true,
    query: pageQuery.extend({
      agent: z.string().regex(PATH_PARAMETERS.agent_id.pattern).optional(), principal: principal.optional().describe('user:<id> or agent:<id>'),
      resource: z.string().regex(PATH_PARAMETERS.resource_id.pattern).optional(),
      connection: z.string().regex(PATH_PARAMETERS.connection_id.pattern).optional(), status: z.enum(GRANT_STATUS).optional(),
    }),
    says: 'Who may use what on whose authority, newest first.', answer: pageOf(grantSchema),
  }),
  resources: endpoint({
    name: 'listResources', verb: 'get', path: 'api/resources', scope: 'directory:read', readModel: true,
    query: pageQuery.extend({ status: z.enum(['active', 'withdrawn']).optional(), q: z.string().max(200).optional().describe('Part of the name or the URI') }),
    says: 'The protected APIs and MCP servers, newest first.',
    answer: pageOf(resourceSchema.omit({ has_secret: true }).extend({ registered_at: z.string(), withdrawn_reason: z.string().optional() })),
  }),
  users: endpoint({
    name: 'listUsers', verb: 'get', path: 'api/users', scope: 'directory:read', readModel: true,
    query: pageQuery.extend({ status: z.enum(['active', 'disabled']).optional(), role: z.string().max(64).optional(), reveal }),
    says: 'The people of the tenant, newest first.', answer: pageOf(userSchema),
  }),
  tenants: endpoint({
    name: 'listTenants', verb: 'get', path: 'api/tenants', scope: 'tenants:write', readModel: true, query: pageQuery,
    says: 'The tenants of the deployment, newest first. Only from the default tenant.', answer: pageOf(tenantSchema.extend({ created_at: z.string() })),
  }),
};
