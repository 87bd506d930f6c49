import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

export const userEvents = {
  UserRegistered: eventType('UserRegistered', 'A person got a record; e-mail and name are sealed under their own key.', {
    userId: f.id(), email: f.text('sealed', 320), name: f.text('sealed', 200), roles: f.list(f.word()),
  }),
  UserRolesChanged: eventType('UserRolesChanged', 'What the person may administer changed.', { userId: f.id(), roles: f.list(f.word()) }),
  UserClaimsChanged: eventType('UserClaimsChanged', 'What policies may know of the person: words such as a department or a region, never who they are.', {
    userId: f.id(), claims: f.list(f.record({ name: f.word(), values: f.list(f.word()) })),
  }),
  UserPasswordSet: eventType('UserPasswordSet', 'A new password holds; sessions from before it have ended.', { userId: f.id(), at: f.instant() }),
  UserSignedIn: eventType('UserSignedIn', 'The person proved who they are.', {
    userId: f.id(), sessionDigest: f.digest(), methods: f.list(f.word()), network: f.optional(f.word()), at: f.optional(f.instant()),
    /** By which identity provider, and under which session there (HMAC). */
    providerId: f.optional(f.id()), upstreamSession: f.optional(f.digest()),
  }, [(data) => data]),
  SecondFactorAwaited: eventType('SecondFactorAwaited', 'The password, or an identity provider, was right; nothing else can be done until a second factor is shown.', {
    userId: f.id(), sessionDigest: f.digest(), methods: f.list(f.word()), network: f.optional(f.word()), at: f.instant(),
    providerId: f.optional(f.id()), upstreamSession: f.optional(f.digest()),
  }, [(data) => data]),
  UserSteppedUp: eventType('UserSteppedUp', 'A signed-in person showed one factor more; the session goes on under a new secret.', {
    userId: f.id(), sessionDigest: f.digest(), replaced: f.digest(), methods: f.list(f.word()), at: f.instant(),
  }),
  UserSignedOut: eventType('UserSignedOut', 'The person ended a session.', { userId: f.id(), sessionDigest: f.digest() }),
  UserSessionsEnded: eventType('UserSessionsEnded', 'All sessions of the person ended, or all but one.', { userId: f.id(), except: f.optional(f.digest()) }),
  FactorEnrolled: eventType('FactorEnrolled', 'The person has one factor more; what it is checked with lies in the vault.', {
    userId: f.id(), factorId: f.id(), kind: f.oneOf('passkey', 'totp'), at: f.instant(), step: f.optional(f.count()), counter: f.optional(f.count()),
  }),
  FactorRenamed: eventType('FactorRenamed', 'The person calls a factor by another name.', { userId: f.id(), factorId: f.id() }),
  FactorRemoved: eventType('FactorRemoved', 'The person has one factor less.', { userId: f.id(), factorId: f.id(), at: f.instant() }),
  CodeTried: eventType('CodeTried', 'Somebody gave a one-time code; counted before it is looked at.', {
    userId: f.id(), at: f.instant(),
    /** Of a browser in which the person has shown a factor before (HMAC): it has a count of its own. */
    browser: f.optional(f.digest()),
  }, [(data) => data]),
  FactorConfirmed: eventType('FactorConfirmed', 'The person showed a factor, for this purpose and once.', {
    userId: f.id(), factorId: f.id(), kind: f.oneOf('passkey', 'totp'), at: f.instant(), purpose: f.word(), action: f.optional(f.digest()),
    step: f.optional(f.count()), counter: f.optional(f.count()),
    /** In which browser (HMAC). */
    browser: f.optional(f.digest()),
  }, [(data) => data]),
  FactorDistrusted: eventType('FactorDistrusted', 'A passkey counted backwards, so there are two of it: it opens nothing any more.', {
    userId: f.id(), factorId: f.id(), reason: f.word(), counter: f.count(), before: f.count(),
  }),
  RecoveryCodesIssued: eventType('RecoveryCodesIssued', 'The person got new recovery codes; those of before are void.', {
    userId: f.id(), batch: f.id(), count: f.count(), at: f.instant(),
  }),
  RecoveryCodeUsed: eventType('RecoveryCodeUsed', 'A recovery code was used, once.', {
    userId: f.id(), batch: f.id(), number: f.count(), at: f.instant(), purpose: f.word(),
  }),
  FactorsWithdrawn: eventType('FactorsWithdrawn', 'An administrator took all factors away: until new ones are enrolled the password is enough.', {
    userId: f.id(), reason: f.text('none', 500), factors: f.count(),
  }),
  UserIdentityLinked: eventType('UserIdentityLinked', 'An account at an identity provider opens this one: it came to be by it, or the person added it.', {
    userId: f.id(), providerId: f.id(), issuer: f.uri(), identity: f.digest(), via: f.oneOf('first_sign_in', 'link'),
  }),
  UserIdentityUnlinked: eventType('UserIdentityUnlinked', 'That account opens this one no more.', { userId: f.id(), providerId: f.id(), identity: f.digest() }),
  UserDisabled: eventType('UserDisabled', 'Nothing is issued on this person\'s authority.', { userId: f.id(), reason: f.text('none', 500) }),
  UserErased: eventType('UserErased', 'The key of what is sealed about this person is destroyed, and what they signed in with; the account is never enabled again.', {
    userId: f.id(), reason: f.text('none', 500),
  }),
  UserEnabled: eventType('UserEnabled', 'The person\'s authority holds again.', { userId: f.id() }),
} as const;
export type UserEvent = EventsOf<typeof userEvents>;
