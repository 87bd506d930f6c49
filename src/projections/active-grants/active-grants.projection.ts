import { type Resting, restingAfter, ruleBehind } from '../../domain/grant/resting.js';
import { projection } from '../projection.js';
import { type RowOf, json, nullable, ordered, table, text, texts, whole } from '../table.js';

export const grantsTable = table({
  name: 'active_grants',
  key: ['tenant', 'grantId'],
  columns: {
    tenant: text(), grantId: text(), agentId: text(), principalKind: text<'user' | 'agent'>(), principalId: text(), resourceId: text(),
    scopes: texts(), epoch: whole(), via: text<'consent' | 'admin' | 'identity_provider'>(),
    /** As recorded; the end of its time makes an active grant an expired one. */
    status: text<'active' | 'revoked'>(), expiresAt: nullable(whole()), restsOn: json<readonly Resting[]>(),
    /** The trust rule without which nothing of it is left. */
    trustRuleId: nullable(text()), revokedReason: nullable(text()),
    since: ordered(), lastUsedAt: nullable(ordered()), position: ordered(),
  },
  indexes: [['tenant', 'position'], ['tenant', 'agentId', 'position'], ['tenant', 'principalId', 'position'], ['tenant', 'resourceId', 'position']],
});

/** When rules end on which grants can rest; null while nobody knows of an end. */
export const trustEndsTable = table({
  name: 'grant_trust_ends', key: ['tenant', 'ruleId'], columns: { tenant: text(), ruleId: text(), endsAt: nullable(whole()), position: ordered() },
});

type Row = RowOf<typeof grantsTable.columns>;
const resting = (scopes: readonly string[], all: readonly Resting[]): Pick<Row, 'scopes' | 'restsOn' | 'trustRuleId'> => {
  const restsOn = all.filter(({ scope }) => scopes.includes(scope));
  const [first] = restsOn;
  const isAll = first !== undefined && scopes.every((scope) => ruleBehind(restsOn, scope) === first.ruleId);
  return { scopes, restsOn, trustRuleId: isAll ? first.ruleId : null };
};

/** Who let which agent use what: agent x principal x resource. */
export const activeGrants = projection({
  name: 'active-grants',
  version: 3,
  tables: [grantsTable, trustEndsTable],
  on: {
    // Consent given anew after a revocation, or when its time is over, is a grant of a new epoch in the same place: the row begins again.
    GrantGiven: ({ tenant, data, recordedAt, position }) =>
      grantsTable.put({
        tenant, grantId: data.grantId, agentId: data.agentId, principalKind: data.principal.kind, principalId: data.principal.id,
        resourceId: data.resourceId, scopes: data.scopes, epoch: data.epoch, via: data.via, status: 'active',
        expiresAt: data.expiresAt ?? null, restsOn: [], trustRuleId: null, revokedReason: null, since: recordedAt, lastUsedAt: null, position,
      }),
    GrantWidened: ({ tenant, data: { grantId, scopes } }) => grantsTable.update({ tenant, grantId }, ({ restsOn }) => resting(scopes, restsOn)),
    GrantNarrowed: ({ tenant, data: { grantId, scopes } }) => grantsTable.update({ tenant, grantId }, ({ restsOn }) => resting(scopes, restsOn)),
    GrantBasisChanged: ({ tenant, data }) => grantsTable.update({ tenant, grantId: data.grantId }, ({ scopes, restsOn }) => resting(scopes, restingAfter(restsOn, data))),
    TrustRuleAdded: ({ tenant, data: { ruleId, purpose, expiresAt }, position }) => (purpose === 'users' ? trustEndsTable.put({ tenant, ruleId, endsAt: expiresAt ?? null, position }) : []),
    TrustRuleRemoved: ({ tenant, data: { ruleId } }) => trustEndsTable.update({ tenant, ruleId }, { endsAt: 0 }),
    GrantExpiryChanged: ({ tenant, data: { grantId, expiresAt } }) => grantsTable.update({ tenant, grantId }, { expiresAt: expiresAt ?? null }),
    GrantRevoked: ({ tenant, data: { grantId, reason } }) => grantsTable.update({ tenant, grantId }, { status: 'revoked', revokedReason: reason }),
    TokenIssued: ({ tenant, data: { grantId }, recordedAt }) => grantsTable.update({ tenant, grantId }, { lastUsedAt: recordedAt }),
    CredentialLent: ({ tenant, data: { grantId }, recordedAt }) => grantsTable.update({ tenant, grantId }, { lastUsedAt: recordedAt }),
  },
});
