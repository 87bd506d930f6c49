import { z } from 'zod';
import { displayText, instant, ownerOf, scopes } from '../common.schemas.js';

/** Pieces of a trust rule as they come in and go out; what they may hold is checked by the domain, for whoever adds one. */
const url = z.string().min(1).max(2048);
const claimName = z.string().min(1).max(200).describe('A name, or a JSON Pointer (RFC 6901) to one inside another: /kubernetes.io/namespace');
const scalar = z.union([z.string().max(450), z.number(), z.boolean()]);

export const claimShape = z.strictObject({
  claim: claimName,
  equals: z.array(scalar).max(20).optional().describe('Any of these, of the very same type'),
  matches: z.array(z.string().max(450)).max(20).optional().describe('Patterns over the whole text: a star stands for one segment between ":" or "/"'),
});
export const jwksShape = z.record(z.string(), z.unknown()).describe('A JWK Set with public keys, for issuers that can\'t be reached from here');

export const templateMembers = {
  name: displayText(200), owner: ownerOf, tags: z.array(z.string().max(64)).max(50), grant_types: z.array(z.string().max(100)).max(10),
  grants: z.array(z.strictObject({ resource_id: z.string().max(80), scopes })).max(50).describe('What each of the agents is granted when it comes to be'),
  identified_by: z.array(claimName).max(5).describe('Claims that tell one workload from another'), lease_seconds: z.int().min(60).max(31_536_000),
};
const template = z.strictObject(templateMembers).partial().required({ name: true, owner: true });

const single = z.union([scalar, z.array(scalar).max(20)]);
const claimDraft = z.strictObject({ claim: claimName, equals: single.optional(), matches: z.union([z.string().max(450), z.array(z.string().max(450)).max(20)]).optional() });

/** What an administrator says of an issuer. */
export const trustRuleDraft = z.strictObject({
  name: displayText(200), purpose: z.enum(['workload', 'users']).optional().describe('users: an identity provider lets agents act for people (ID-JAG)'),
  preset: z.string().max(40).optional(), variables: z.record(z.string().max(40), z.string().max(2048)).optional().describe('What the preset asks for'),
  issuer: url.optional().describe('As tokens name it, byte for byte'), audience: url.optional().describe('The hub\'s issuer, which it is by default, or its token endpoint'),
  jwks_uri: url.optional(), jwks: jwksShape.optional(), claims: z.array(claimDraft).max(30).optional(),
  agent_id: z.string().max(80).optional().describe('The agent that such a token proves'), template: template.optional().describe('Or: each workload is an agent of its own, made at its first token'),
  single_use: z.boolean().optional().describe('Whether a token with a jti counts once, which it does by default'), expires_at: instant.optional(),
});
export type TrustRuleDraft = z.output<typeof trustRuleDraft>;
