import type { EventOf } from '../../domain/kernel/event-type.js';
import type { RecordedEvent } from '../../domain/kernel/event.js';
import type { credentialEvents } from '../../domain/credential/credential.events.js';
import { projection } from '../projection.js';
import { flag, nullable, ordered, table, text, texts, whole } from '../table.js';

export const credentialsTable = table({
  name: 'credentials',
  key: ['tenant', 'credentialId'],
  columns: {
    tenant: text(), credentialId: text(), connectionId: text(), connectionEpoch: whole(), holderKind: text<'user' | 'tenant'>(), holderId: text(), kind: text<'oauth' | 'api_key' | 'basic'>(),
    status: text<'live' | 'needs_reauth' | 'distrusted' | 'destroyed'>(), reason: nullable(text()), scopes: texts(), version: whole(), expiresAt: nullable(whole()),
    /** The hub can get a new token for it without anybody. */
    refreshable: flag(), shredded: flag(),
    since: ordered(), refreshedAt: ordered(), lastLentAt: nullable(ordered()), position: ordered(),
  },
  indexes: [['tenant', 'position'], ['tenant', 'connectionId', 'position'], ['tenant', 'holderId', 'position'], ['status', 'expiresAt']],
});

type Stored = RecordedEvent<EventOf<typeof credentialEvents.CredentialStored> | EventOf<typeof credentialEvents.CredentialRotated>>;

const stored = ({ tenant, data, recordedAt, position }: Stored) => {
  const { credentialId, connectionId, connectionEpoch, holder, kind, scopes, version, expiresAt = null, refreshFingerprint, via } = data;
  return credentialsTable.put({
    tenant, credentialId, connectionId, connectionEpoch, holderKind: holder.kind, holderId: holder.id, kind, status: 'live', reason: null, scopes, version, expiresAt,
    refreshable: refreshFingerprint !== undefined || via === 'client_credentials', shredded: false, since: recordedAt, refreshedAt: recordedAt, lastLentAt: null, position,
  });
};

/** What is held for whom, in which state, and when it was last lent. Never what it is. */
export const credentials = projection({
  name: 'credentials',
  version: 1,
  tables: [credentialsTable],
  on: {
    CredentialStored: stored,
    CredentialRotated: stored,
    CredentialRefreshed: ({ tenant, data: { credentialId, scopes, version, expiresAt = null }, recordedAt }) =>
      credentialsTable.update({ tenant, credentialId }, { status: 'live', reason: null, scopes, version, expiresAt, refreshedAt: recordedAt }),
    CredentialRefreshFailed: ({ tenant, data: { credentialId, reason } }) => credentialsTable.update({ tenant, credentialId }, { reason }),
    CredentialReauthNeeded: ({ tenant, data: { credentialId, reason } }) => credentialsTable.update({ tenant, credentialId }, { status: 'needs_reauth', reason }),
    CredentialIntegrityFailed: ({ tenant, data: { credentialId } }) => credentialsTable.update({ tenant, credentialId }, { status: 'distrusted', reason: 'vault.integrity' }),
    CredentialDestroyed: ({ tenant, data: { credentialId, reason } }) => credentialsTable.update({ tenant, credentialId }, { status: 'destroyed', reason }),
    CredentialShredded: ({ tenant, data: { credentialId } }) => credentialsTable.update({ tenant, credentialId }, { shredded: true }),
    CredentialLent: ({ tenant, data: { credentialId }, recordedAt }) => credentialsTable.update({ tenant, credentialId }, { lastLentAt: recordedAt }),
  },
});
