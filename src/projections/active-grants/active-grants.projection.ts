import { projection } from '../projection.js';
import { nullable, ordered, table, text, texts, whole } from '../table.js';

export const grantsTable = table({
  name: 'active_grants',
  key: ['tenant', 'grantId'],
  columns: {
    tenant: text(), grantId: text(), agentId: text(), principalKind: text<'user' | 'agent'>(), principalId: text(), resourceId: text(),
    scopes: texts(), epoch: whole(), via: text<'consent' | 'admin' | 'identity_provider'>(),
    /** As recorded; the end of its time makes an active grant an expired one. */
    status: text<'active' | 'revoked'>(), expiresAt: nullable(whole()), revokedReason: nullable(text()),
    since: ordered(), lastUsedAt: nullable(ordered()), position: ordered(),
  },
  indexes: [['tenant', 'position'], ['tenant', 'agentId', 'position'], ['tenant', 'principalId', 'position'], ['tenant', 'resourceId', 'position']],
});

/** Who let which agent use what: agent x principal x resource. */
export const activeGrants = projection({
  name: 'active-grants',
  version: 2,
  tables: [grantsTable],
  on: {
    // Consent given anew after a revocation, or when its time is over, is a grant of a new epoch in the same place: the row begins again.
    GrantGiven: ({ tenant, data, recordedAt, position }) =>
      grantsTable.put({
        tenant, grantId: data.grantId, agentId: data.agentId, principalKind: data.principal.kind, principalId: data.principal.id,
        resourceId: data.resourceId, scopes: data.scopes, epoch: data.epoch, via: data.via, status: 'active',
        expiresAt: data.expiresAt ?? null, revokedReason: null, since: recordedAt, lastUsedAt: null, position,
      }),
    GrantWidened: ({ tenant, data: { grantId, scopes } }) => grantsTable.update({ tenant, grantId }, { scopes }),
    GrantNarrowed: ({ tenant, data: { grantId, scopes } }) => grantsTable.update({ tenant, grantId }, { scopes }),
    GrantExpiryChanged: ({ tenant, data: { grantId, expiresAt } }) => grantsTable.update({ tenant, grantId }, { expiresAt: expiresAt ?? null }),
    GrantRevoked: ({ tenant, data: { grantId, reason } }) => grantsTable.update({ tenant, grantId }, { status: 'revoked', revokedReason: reason }),
    TokenIssued: ({ tenant, data: { grantId }, recordedAt }) => grantsTable.update({ tenant, grantId }, { lastUsedAt: recordedAt }),
    CredentialLent: ({ tenant, data: { grantId }, recordedAt }) => grantsTable.update({ tenant, grantId }, { lastUsedAt: recordedAt }),
  },
});
