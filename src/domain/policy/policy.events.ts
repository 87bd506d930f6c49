import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

export const policyEvents = {
  PolicyPublished: eventType('PolicyPublished', 'A version of the tenant\'s rules exists; it decides nothing yet.', {
    version: f.count(), document: f.document(), digest: f.digest(),
    /** Of the document. Whoever published version 1 of this event knew the first language only. */
    language: f.count(),
  }, [(data) => ({ ...data, language: 1 })]),
  PolicyShadowStarted: eventType('PolicyShadowStarted', 'This version decides beside the active one; nothing is done about it, and where they differ is recorded.', { version: f.count(), digest: f.digest() }),
  PolicyShadowEnded: eventType('PolicyShadowEnded', 'This version decides nothing any more, not even beside the active one.', { version: f.count(), digest: f.digest() }),
  PolicyActivated: eventType('PolicyActivated', 'This version decides from here on.', { version: f.count(), digest: f.digest() }),
  PolicyRolledBack: eventType('PolicyRolledBack', 'An earlier version decides again.', { version: f.count(), digest: f.digest() }),
} as const;
export type PolicyEvent = EventsOf<typeof policyEvents>;
