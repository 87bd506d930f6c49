import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';
import { principalField } from './principal.js';

export const grantEvents = {
  GrantGiven: eventType('GrantGiven', 'A principal let an agent use a resource, within these scopes.', {
    grantId: f.id(), agentId: f.id(), principal: f.record(principalField), resourceId: f.id(), scopes: f.list(f.word()),
    /** Counts up with every new grant after one that was revoked, has run out or was for the client as it was before; what was issued under an older epoch is dead. */
    epoch: f.count(), via: f.oneOf('consent', 'admin', 'identity_provider'),
    /** SHA-256 of the exact text the person agreed to. */
    consentDigest: f.optional(f.digest()),
    /** The agent's metadata as it was when the person agreed. */
    metadataDigest: f.digest(), expiresAt: f.optional(f.instant()),
  }),
  GrantWidened: eventType('GrantWidened', 'The principal agreed to more scopes, or to changed client metadata.', {
    grantId: f.id(), scopes: f.list(f.word()), consentDigest: f.optional(f.digest()), metadataDigest: f.digest(),
  }),
  GrantNarrowed: eventType('GrantNarrowed', 'The grant holds for fewer scopes.', { grantId: f.id(), scopes: f.list(f.word()) }),
  GrantExpiryChanged: eventType('GrantExpiryChanged', 'The grant ends at another time; without one it has no end.', {
    grantId: f.id(), expiresAt: f.optional(f.instant()),
  }),
  GrantBasisChanged: eventType('GrantBasisChanged', 'These scopes were given on the word of another issuer and end with the trust rule that believes it; without a rule, they stand on their own from here on.', {
    grantId: f.id(), scopes: f.list(f.word()), trustRuleId: f.optional(f.id()),
  }),
  GrantRevoked: eventType('GrantRevoked', 'The grant ended, with everything issued under it.', { grantId: f.id(), reason: f.text('none', 500) }),
} as const;
export type GrantEvent = EventsOf<typeof grantEvents>;
