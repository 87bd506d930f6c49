import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

export const deploymentEvents = {
  BackupStarted: eventType('BackupStarted', 'Somebody began to read the whole ledger and the sealed vault out; from here on what they hold has left.', {
    backupId: f.id(),
    /** As the one who asked says: the master key is no part of what the hub gives away, but of what it opens. */
    withMasterKey: f.flag(), network: f.optional(f.word()),
  }),
  BackupTaken: eventType('BackupTaken', 'The backup left whole; the digests name what it holds.', {
    backupId: f.id(),
    /** Place of the last event that is in it. */
    through: f.word(),
    events: f.count(), ledgerDigest: f.digest(), secrets: f.count(), vaultDigest: f.digest(),
  }),
  LedgerRestored: eventType('LedgerRestored', 'The deployment goes on from a backup; what came after the backup is forgotten. Nothing is issued until somebody releases it, unless the sessions were kept.', {
    restoreId: f.id(), backupId: f.id(), takenAt: f.instant(), through: f.word(), events: f.count(), ledgerDigest: f.digest(),
    /** 'ended': no code, refresh token, session or signing key from before counts any more. */
    sessions: f.oneOf('ended', 'kept'),
  }),
  QuarantineEnded: eventType('QuarantineEnded', 'Somebody has looked at what the restored deployment forgot, and it issues again.', {
    restoreId: f.id(), reason: f.text('none', 500),
  }),
} as const;
export type DeploymentEvent = EventsOf<typeof deploymentEvents>;
