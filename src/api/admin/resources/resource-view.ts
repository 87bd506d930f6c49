import { z } from 'zod';
import type { KnownResource } from '../../../domain/resource/resource.decider.js';
import { displayText, scopeName } from '../common.schemas.js';

export const resourceScopes = z.array(z.strictObject({ name: scopeName, description: displayText(300) })).max(100);
export const resourceTools = z.array(z.strictObject({ name: displayText(256), scopes: z.array(scopeName).max(100) })).max(500);

/** A protected resource; whether it has a secret for introspection is told, the secret and its digest are not. */
export const resourceSchema = z.strictObject({
  resource_id: z.string(), uri: z.string(), kind: z.enum(['api', 'mcp']), name: z.string(), status: z.enum(['active', 'withdrawn']),
  scopes: resourceScopes, default_scopes: z.array(z.string()), tools: resourceTools,
  operator: z.string().optional().describe('The agent that may exchange the tokens it receives here'),
  token_lifetime: z.int(), signing_algorithm: z.enum(['ES256', 'RS256']), has_secret: z.boolean(),
});
export type ResourceView = z.infer<typeof resourceSchema>;

export const resourceView = (resource: KnownResource): ResourceView => ({
  resource_id: resource.resourceId, uri: resource.uri, kind: resource.kind, name: resource.name, status: resource.status,
  scopes: resource.scopes.map(({ name, description }) => ({ name, description })), default_scopes: [...resource.defaultScopes],
  ...(resource.operator === undefined ? {} : { operator: resource.operator }),
  tools: resource.tools.map(({ name, scopes }) => ({ name, scopes: [...scopes] })),
  token_lifetime: resource.tokenLifetime, signing_algorithm: resource.signingAlgorithm, has_secret: resource.secretDigest !== undefined,
});
