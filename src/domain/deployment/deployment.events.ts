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
} as const;
export type DeploymentEvent = EventsOf<typeof deploymentEvents>;
