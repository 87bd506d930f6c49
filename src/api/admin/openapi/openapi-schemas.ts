import { z } from 'zod';
import { actorSchema, eventSchema } from '../../events/event-view.js';
import { connectionSchema } from '../connections/connection-view.js';
import { credentialSchema } from '../connections/credential-view.js';
import { agentSchema } from '../agents/agent-view.js';
import type { Endpoint } from '../endpoint.js';
import { takesNothing } from '../endpoint.js';
import { grantSchema } from '../grants/grant-view.js';
import { resourceSchema } from '../resources/resource-view.js';
import { tenantSchema } from '../tenants/tenant-view.js';
import { userSchema } from '../users/user-view.js';

/** Problem details (RFC 9457) as every error of this API has them. */
const problem = z.object({
  type: z.string(), title: z.string(), status: z.int(), detail: z.string().describe('For the person who reads it: what was wrong, what to do'),
  code: z.string().describe('Stable: program against this'), requestId: z.string(),
});

/** What has a name of its own; everything else is named after its operation. */
const NAMED: readonly (readonly [z.ZodType, string])[] = [
  [problem, 'Problem'], [actorSchema, 'Actor'], [eventSchema, 'Event'], [agentSchema, 'Agent'], [connectionSchema, 'Connection'], [credentialSchema, 'Credential'], [grantSchema, 'Grant'],
  [resourceSchema, 'Resource'], [tenantSchema, 'Tenant'], [userSchema, 'User'],
];

const refOf = (id: string): string => `#/components/schemas/${id}`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export interface OpenApiSchemas {
  readonly components: Readonly<Record<string, object>>;
  readonly body: (endpoint: Endpoint) => { readonly $ref: string };
  readonly answer: (endpoint: Endpoint) => { readonly $ref: string };
}

/** JSON Schema of everything that goes in and out, from the schemas that check it. */
export const openApiSchemas = (endpoints: readonly Endpoint[]): OpenApiSchemas => {
  const [came, went] = [z.registry<{ id: string }>(), z.registry<{ id: string }>()];
  for (const [schema, id] of NAMED) went.add(schema, { id });
  for (const { name, body, answer } of endpoints) {
    if (!takesNothing(body)) came.add(body, { id: `${capital(name)}Body` });
    if (!went.has(answer)) went.add(answer, { id: `${capital(name)}Answer` });
  }
  const schemas = { ...z.toJSONSchema(came, { uri: refOf, io: 'input' }).schemas, ...z.toJSONSchema(went, { uri: refOf, io: 'output' }).schemas };
  return {
    components: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, { ...schema, $schema: undefined, $id: undefined }])),
    body: ({ body }) => ({ $ref: refOf(came.get(body)!.id) }),
    answer: ({ answer }) => ({ $ref: refOf(went.get(answer)!.id) }),
  };
};
