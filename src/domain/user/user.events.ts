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
    userId: f.id(), sessionDigest: f.digest(), methods: f.list(f.word()), network: f.optional(f.word()),
  }),
  UserSignedOut: eventType('UserSignedOut', 'The person ended a session.', { userId: f.id(), sessionDigest: f.digest() }),
  UserDisabled: eventType('UserDisabled', 'Nothing is issued on this person\'s authority.', { userId: f.id(), reason: f.text('none', 500) }),
  UserEnabled: eventType('UserEnabled', 'The person\'s authority holds again.', { userId: f.id() }),
} as const;
export type UserEvent = EventsOf<typeof userEvents>;
