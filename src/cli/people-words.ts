import type { userEvents } from '../domain/user/user.events.js';
import { type Words, texts } from './words.js';

const of = (userId: unknown, named: (id: string) => string): string => `user ${named(String(userId))}`;
const KIND = { passkey: 'a passkey', totp: 'an authenticator app' } as const;
const kind = (value: unknown): string => KIND[value as keyof typeof KIND];
/** Empty for what is not an approval of one exact action. */
const forAction = (action: unknown): string => (action === undefined ? '' : ` of action ${String(action).slice(0, 12)}…`);

/** What happened to people's accounts, in words. */
export const peopleWords: Readonly<Record<keyof typeof userEvents | 'FactorRefused' | 'SignInRefused', Words>> = {
  UserRegistered: ({ userId, roles }, named) => ({ what: `${of(userId, named)} got an account`, scopes: texts(roles) }),
  UserClaimsChanged: ({ userId }, named) => ({ what: `policies know other claims of user ${named(String(userId))}` }),
  UserRolesChanged: ({ userId, roles }, named) => ({ what: `${of(userId, named)} got other roles`, scopes: texts(roles) }),
  UserPasswordSet: ({ userId }, named) => ({ what: `${of(userId, named)} got a new password` }),
  UserSignedIn: ({ userId }, named) => ({ what: `${of(userId, named)} signed in` }),
  UserSignedOut: ({ userId }, named) => ({ what: `${of(userId, named)} signed out` }),
  UserIdentityLinked: ({ userId, issuer, via }, named) => ({ what: `an account at ${String(issuer)} opens the one of ${of(userId, named)}${via === 'link' ? ', who linked it' : ', which came to be by it'}` }),
  UserIdentityUnlinked: ({ userId }, named) => ({ what: `${of(userId, named)} took the account of an identity provider off` }),
  UserDisabled: ({ userId, reason }, named) => ({ what: `${of(userId, named)} was disabled`, reason: String(reason) }),
  UserErased: ({ userId, reason }, named) => ({ what: `${of(userId, named)} was erased`, reason: String(reason) }),
  UserEnabled: ({ userId }, named) => ({ what: `${of(userId, named)} was enabled` }),
  SecondFactorAwaited: ({ userId }, named) => ({ what: `${of(userId, named)} proved who they are with one factor; a second one is awaited` }),
  UserSteppedUp: ({ userId, methods }, named) => ({ what: `${of(userId, named)} showed one factor more (${texts(methods).join(', ')})` }),
  UserSessionsEnded: ({ userId, except }, named) => ({ what: `${except === undefined ? 'all sessions' : 'all other sessions'} of ${of(userId, named)} ended` }),
  FactorEnrolled: (data, named) => ({ what: `${of(data['userId'], named)} enrolled ${kind(data['kind'])}` }),
  FactorRenamed: ({ userId }, named) => ({ what: `${of(userId, named)} renamed a factor` }),
  FactorRemoved: ({ userId }, named) => ({ what: `${of(userId, named)} removed a factor` }),
  CodeTried: ({ userId }, named) => ({ what: `a one-time code was tried for ${of(userId, named)}` }),
  FactorConfirmed: (data, named) => ({ what: `${of(data['userId'], named)} confirmed with ${kind(data['kind'])} (${String(data['purpose'])}${forAction(data['action'])})` }),
  FactorDistrusted: ({ userId, reason }, named) => ({ what: `a passkey of ${of(userId, named)} is not trusted any more`, reason: String(reason) }),
  RecoveryCodesIssued: ({ userId, count }, named) => ({ what: `${of(userId, named)} got ${String(count)} new recovery codes` }),
  RecoveryCodeUsed: ({ userId, purpose }, named) => ({ what: `${of(userId, named)} used a recovery code (${String(purpose)})` }),
  FactorsWithdrawn: ({ userId, reason }, named) => ({ what: `an administrator took all second factors of ${of(userId, named)} away`, reason: String(reason) }),
  SignInRefused: ({ userId, reason }, named) => ({ what: `${of(userId, named)} proved who they are and was not let in`, reason: String(reason) }),
  FactorRefused: ({ userId, factor, purpose, reason }, named) => ({ what: `a second factor (${String(factor)}, ${String(purpose)}) of ${of(userId, named)} did not count`, reason: String(reason) }),
};
