import { z } from 'zod';
import { displayText, withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';
import { PATH_PARAMETERS } from '../path-parameters.js';
import { registrationRules, tenantSchema } from './tenant-view.js';

const own = 'api/tenant' as const;

export const tenantEndpoints = {
  readOwn: endpoint({ name: 'readTenant', verb: 'get', path: own, scope: 'directory:read', says: 'The tenant that the token is of.', answer: tenantSchema }),
  changeOwn: endpoint({
    name: 'changeTenant', verb: 'patch', path: own, scope: 'directory:write',
    body: registrationRules.partial().extend({ default_resource_id: z.string().regex(PATH_PARAMETERS.resource_id.pattern).optional() }),
    says: 'Who may register agents, and which resource is meant when a request names none. What is left out stays as it is.', answer: tenantSchema,
  }),
  create: endpoint({
    name: 'createTenant', verb: 'post', path: 'api/tenants', scope: 'tenants:write', status: 201,
    body: z.strictObject({
      slug: z.string().max(40), name: displayText(200), host: z.string().regex(/^[a-z0-9.-]{1,253}(:\d{1,5})?$/).optional(),
      administrator: z.strictObject({ email: z.string().max(254), name: displayText(200), password: z.string().min(12).max(1024) }).optional()
        .describe('The first person with the role admin there; without one nobody can administer the tenant'),
    }),
    says: 'Creates an isolated tenant with keys, policy and admin API of its own. Only from the default tenant.',
    answer: tenantSchema.extend({ administrator_id: z.string().optional() }),
  }),
  suspend: endpoint({
    name: 'suspendTenant', verb: 'post', path: 'api/tenants/:tenant_id/suspend', scope: 'tenants:write', body: withReason,
    says: 'Nobody signs in there and nothing is issued, and what was issued holds no more, until it is resumed. Only from the default tenant.', answer: tenantSchema,
  }),
  resume: endpoint({ name: 'resumeTenant', verb: 'post', path: 'api/tenants/:tenant_id/resume', scope: 'tenants:write', says: 'The tenant issues again. Only from the default tenant.', answer: tenantSchema }),
};
