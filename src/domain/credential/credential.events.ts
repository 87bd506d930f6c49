import type { DataOf } from '../kernel/fields.js';
import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

const holderField = { kind: f.oneOf('user', 'tenant'), id: f.id() };
/** Whose credential it is. */
export type Holder = DataOf<typeof holderField>;

/** One secret as it stands in the vault: where it is, what it is, what it opens. Never the secret. */
const version = {
  /** Names the vault's rows; a new one for each version. */
  secretId: f.id(), version: f.count(), kind: f.oneOf('oauth', 'api_key', 'basic'),
  /** HMAC under a key of this deployment: tells versions apart and can't be guessed from outside. */
  fingerprint: f.digest(), refreshFingerprint: f.optional(f.digest()),
  scopes: f.list(f.word()), expiresAt: f.optional(f.instant()),
  /** How many scopes the service gave that the connection does not know. Such a credential is used by the hub and given to no agent. */
  beyond: f.optional(f.count()),
};
export type CredentialVersion = DataOf<typeof version>;

const stored = {
  credentialId: f.id(), connectionId: f.id(),
  /** Of the connection when it was stored: a changed connection does not get what the old one was trusted with. */
  connectionEpoch: f.count(),
  holder: f.record(holderField), via: f.oneOf('connect', 'client_credentials', 'upload'), at: f.instant(), ...version,
};

export const credentialEvents = {
  CredentialStored: eventType('CredentialStored', 'A secret of the service is held for a user or a tenant.', stored),
  CredentialRotated: eventType('CredentialRotated', 'Another secret took the place of one that was held.', stored),
  CredentialRefreshStarted: eventType('CredentialRefreshStarted', 'One node asks the service for a new token; no other does until this claim ends.', {
    credentialId: f.id(), attempt: f.id(), until: f.instant(),
  }),
  CredentialRefreshed: eventType('CredentialRefreshed', 'The service gave a new token in answer to this attempt.', { credentialId: f.id(), attempt: f.id(), at: f.instant(), ...version }),
  CredentialRefreshFailed: eventType('CredentialRefreshFailed', 'The service gave no new token.', {
    credentialId: f.id(), attempt: f.id(), reason: f.word(), retryAt: f.optional(f.instant()),
  }),
  CredentialReauthNeeded: eventType('CredentialReauthNeeded', 'The service does not accept what is held any more; its holder has to connect again.', { credentialId: f.id(), reason: f.word() }),
  CredentialIntegrityFailed: eventType('CredentialIntegrityFailed', 'What the vault holds is not what was stored; nothing is lent from it.', { credentialId: f.id(), secretId: f.id() }),
  CredentialConnectRefused: eventType('CredentialConnectRefused', 'Somebody came back from the service with an answer that does not belong to what was begun here.', {
    credentialId: f.id(), connectionId: f.id(), holder: f.record(holderField), reason: f.word(),
  }),
  BreakGlassUsed: eventType('BreakGlassUsed', 'An administrator took the secret itself out of the vault, past every policy.', {
    credentialId: f.id(), connectionId: f.id(), userId: f.id(), agentId: f.id(), secretId: f.id(), fingerprint: f.digest(), authTime: f.instant(), reason: f.text('none', 500),
  }),
  CredentialDestroyed: eventType('CredentialDestroyed', 'Nothing is lent from it from here on; the service is asked to forget it and the vault does.', { credentialId: f.id(), reason: f.word() }),
  CredentialShredded: eventType('CredentialShredded', 'The secret is gone from the vault; what the service said about revoking it is here.', {
    credentialId: f.id(), revocation: f.oneOf('revoked', 'failed', 'not_offered'),
  }),
} as const;
export type CredentialEvent = EventsOf<typeof credentialEvents>;
