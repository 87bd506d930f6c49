import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

export const vaultEvents = {
  VaultRotationStarted: eventType('VaultRotationStarted', 'Somebody asked for another key: it wraps from here on, and everything that is held is brought under it.', {
    rotationId: f.id(), provider: f.word(),
    /** How many secrets there were then. */
    secrets: f.count(), at: f.instant(),
  }),
  VaultKeyActivated: eventType('VaultKeyActivated', 'This key wraps the data keys of credentials from here on.', {
    rotationId: f.id(), keyId: f.id(), at: f.instant(),
    /** The hub's own keys that are to be destroyed once nothing is under them. */
    former: f.list(f.id()),
  }),
  VaultSecretsRewrapped: eventType('VaultSecretsRewrapped', 'Some more secrets were looked at, and their data keys wrapped anew where another key had wrapped them. None of them was opened.', {
    rotationId: f.id(), round: f.oneOf('first', 'second'),
    /** All numbers are of the round so far. */
    checked: f.count(), rewrapped: f.count(),
    /** They do not open, so they were left as they are. */
    left: f.count(),
    /** Of this batch, the first of those: tenant and credential. */
    unopened: f.optional(f.list(f.id())),
    /** Place in the vault up to which they were looked at; absent when that was all of them. */
    through: f.optional(f.id()),
  }),
  VaultKeyRetired: eventType('VaultKeyRetired', 'Nothing is under this key any more, and it is destroyed.', { rotationId: f.id(), keyId: f.id() }),
  VaultRotationFinished: eventType('VaultRotationFinished', 'Everything that opens is under the key that wraps now.', { rotationId: f.id(), left: f.count() }),
} as const;
export type VaultEvent = EventsOf<typeof vaultEvents>;
