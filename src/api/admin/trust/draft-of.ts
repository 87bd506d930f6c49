import type { TrustDraft } from '../../../commands/trust/trust-draft.js';
import { JWT_BEARER } from '../../../commands/tokens/token-refused.js';
import type { ClaimRule } from '../../../domain/trust/trust.events.js';
import { notValid } from '../admin-problems.js';
import type { TrustRuleDraft } from './trust.schemas.js';

const listed = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? (value as readonly T[]) : [value as T]);

const claimOf = ({ claim, equals, matches }: NonNullable<TrustRuleDraft['claims']>[number]): ClaimRule => {
  if ((equals === undefined) === (matches === undefined)) throw notValid(`The body is not valid. claims: ${claim} needs equals or matches, one of them.`);
  if (matches !== undefined) return { claim, match: 'segments', values: listed(matches) };
  return { claim, match: 'exact', values: listed(equals!).map((value) => JSON.stringify(value)) };
};

const templateOf = ({ name, owner, tags = [], grant_types: grantTypes, grants = [], identified_by: identifiedBy, lease_seconds: leaseSeconds }: NonNullable<TrustRuleDraft['template']>): TrustDraft['template'] => ({
  name, owner, tags: [...new Set(tags)].sort(), grantTypes: grantTypes ?? ['client_credentials', JWT_BEARER], grants: grants.map(({ resource_id, scopes }) => ({ resourceId: resource_id, scopes })),
  identifiedBy, ...(leaseSeconds === undefined ? {} : { leaseSeconds }),
});

/** From the names of the API to those of the domain. */
export const draftOf = ({ name, purpose, preset, variables, issuer, audience, jwks_uri, jwks, claims, agent_id, template, single_use, expires_at }: TrustRuleDraft): TrustDraft => ({
  name, purpose, preset, variables, issuer, audience, jwksUri: jwks_uri, jwks, claims: claims?.map(claimOf), agentId: agent_id, template: template && templateOf(template),
  singleUse: single_use, expiresAt: expires_at,
});
