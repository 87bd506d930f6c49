import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

export const keyEvents = {
  SigningKeyGenerated: eventType('SigningKeyGenerated', 'A key pair exists and its public half is published; the private half is sealed in the vault.', {
    kid: f.id(), alg: f.oneOf('ES256', 'RS256'), jwk: f.document(),
  }),
  SigningKeyActivated: eventType('SigningKeyActivated', 'New tokens of this algorithm are signed with this key.', { kid: f.id(), alg: f.oneOf('ES256', 'RS256'), at: f.instant() }),
  SigningKeyRetired: eventType('SigningKeyRetired', 'The key signs nothing more; it is published until its tokens have expired.', { kid: f.id(), publishedUntil: f.instant() }),
  SigningKeyRevoked: eventType('SigningKeyRevoked', 'Somebody else may have the key: nothing it signed counts any more, and it is published no longer.', { kid: f.id(), reason: f.text('none', 500) }),
  SigningKeyRemoved: eventType('SigningKeyRemoved', 'The key is no longer published and its private half is destroyed.', { kid: f.id() }),
} as const;
export type KeyEvent = EventsOf<typeof keyEvents>;
