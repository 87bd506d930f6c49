import { z } from 'zod';
import type { TrustPreset } from '../../../domain/trust/presets.js';
import type { AgentTemplate, ClaimRule, TrustRule } from '../../../domain/trust/trust.events.js';
import { instant } from '../common.schemas.js';
import { claimShape, jwksShape, templateMembers } from './trust.schemas.js';

export const trustRuleSchema = z.strictObject({
  rule_id: z.string(), name: z.string(), purpose: z.enum(['workload', 'users']), platform: z.string().describe('What policies call it: attested_by'),
  issuer: z.string(), audience: z.string(),
  keys: z.strictObject({ source: z.enum(['discovery', 'jwks_uri', 'inline']), jwks_uri: z.string().optional(), jwks: jwksShape.optional() }),
  claims: z.array(claimShape), agent_id: z.string().optional(), template: z.strictObject(templateMembers).partial({ lease_seconds: true }).optional(),
  single_use: z.boolean(), expires_at: instant.optional(),
});
export type TrustRuleView = z.infer<typeof trustRuleSchema>;

export const presetSchema = z.strictObject({
  name: z.string(), title: z.string(), notes: z.array(z.string()),
  variables: z.record(z.string(), z.strictObject({ says: z.string(), optional: z.boolean() })),
});

const claimView = ({ claim, match, values }: ClaimRule): z.infer<typeof claimShape> =>
  (match === 'segments' ? { claim, matches: [...values] } : { claim, equals: values.map((value) => JSON.parse(value) as string) });

const templateView = ({ name, owner, tags, grantTypes, grants, identifiedBy, leaseSeconds }: AgentTemplate) => ({
  name, owner, tags: [...tags], grant_types: [...grantTypes], grants: grants.map(({ resourceId, scopes }) => ({ resource_id: resourceId, scopes: [...scopes] })), identified_by: [...identifiedBy],
  ...(leaseSeconds === undefined ? {} : { lease_seconds: leaseSeconds }),
});

export const trustRuleView = ({ ruleId, name, purpose, platform, issuer, audience, keys, claims, agentId, template, singleUse, expiresAt }: TrustRule): TrustRuleView => ({
  rule_id: ruleId, name, purpose, platform, issuer, audience,
  keys: { source: keys.source, ...(keys.jwksUri === undefined ? {} : { jwks_uri: keys.jwksUri }), ...(keys.jwks === undefined ? {} : { jwks: JSON.parse(keys.jwks) as Record<string, unknown> }) },
  claims: claims.map(claimView), ...(agentId === undefined ? {} : { agent_id: agentId }), ...(template ? { template: templateView(template) } : {}),
  single_use: singleUse, ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
});

export const presetView = ({ name, title, notes, variables }: TrustPreset): z.infer<typeof presetSchema> => ({
  name, title, notes: [...notes],
  variables: Object.fromEntries(Object.entries(variables).map(([variable, { says, optional = false }]) => [variable, { says, optional }])),
});
