import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { checkClaimNames } from './claim-names.js';
import { type FactorCommand, type Factors, NO_FACTORS, decideFactors, evolveFactors } from './factors.js';
import { type IdentityCommand, type ProvisionUser, type UpstreamIdentity, type UserClaims, claimsEvent, decideIdentities, evolveIdentities, provisioned } from './identities.js';
import { type UserEvent, userEvents as on } from './user.events.js';
import { type ListedSession, evolveHalfSessions, evolveSessions } from './user-sessions.js';

export type User =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'active' | 'disabled';
      readonly userId: string;
      /** What is sealed about them opens no more. */
      readonly isErased: boolean;
      /** Sealed; open with Privacy. */
      readonly email: string;
      readonly name: string;
      readonly roles: readonly string[];
      /** By name. Administrators and the identity provider's mapping set them, never the person. */
      readonly claims: UserClaims;
      /** What was agreed before the last password change is not trusted any more. */
      readonly passwordSetAt: number;
      readonly factors: Factors;
      readonly sessions: readonly ListedSession[];
      /** Those that wait for a second factor. */
      readonly halfSessions: readonly ListedSession[];
      readonly identities: readonly UpstreamIdentity[];
    };
export type KnownUser = Exclude<User, { status: 'unknown' }>;

export type UserCommand =
  | { readonly type: 'RegisterUser'; readonly userId: string; readonly email: string; readonly name: string; readonly roles: readonly string[] }
  | { readonly type: 'ChangeRoles'; readonly roles: readonly string[] }
  | { readonly type: 'ChangeClaims'; readonly claims: UserClaims }
  | { readonly type: 'SetPassword'; readonly at: number }
  | { readonly type: 'SignIn' | 'AwaitSecondFactor'; readonly sessionDigest: string; readonly methods: readonly string[]; readonly network?: string | undefined; readonly at: number; readonly upstream?: { readonly providerId: string; readonly upstreamSession?: string } | undefined }
  | { readonly type: 'StepUp'; readonly sessionDigest: string; readonly replaced: string; readonly methods: readonly string[]; readonly at: number }
  | { readonly type: 'SignOut'; readonly sessionDigest: string }
  | { readonly type: 'EndSessions'; readonly except?: string | undefined }
  | { readonly type: 'DisableUser'; readonly reason: string }
  | { readonly type: 'EnableUser' }
  | { readonly type: 'EraseUser'; readonly reason: string }
  | ProvisionUser
  | IdentityCommand
  | FactorCommand;

const known = (state: User): KnownUser => {
  if (state.status === 'unknown') throw new Refusal('user.unknown', 'There is no such user.');
  return state;
};

const evolveRecord = (state: KnownUser, { type, data }: UserEvent): KnownUser => {
  switch (type) {
    case 'UserRolesChanged':
      return { ...state, roles: data.roles };
    case 'UserClaimsChanged':
      return { ...state, claims: Object.fromEntries(data.claims.map(({ name, values }) => [name, values])) };
    case 'UserPasswordSet':
      return { ...state, passwordSetAt: data.at };
    case 'UserDisabled':
      return { ...state, status: 'disabled' };
    case 'UserEnabled':
      return state.isErased ? state : { ...state, status: 'active' };
    case 'UserErased':
      return { ...state, status: 'disabled', isErased: true };
    default:
      return state;
  }
};

const checkNotErased = ({ isErased }: KnownUser): void => {
  if (isErased) throw new Refusal('user.erased', 'This person was erased, which can\'t be undone.');
};

const decideStanding = (command: Extract<UserCommand, { type: 'DisableUser' | 'EraseUser' | 'EnableUser' }>, record: KnownUser): readonly UserEvent[] => {
  const { userId, status, isErased } = record;
  if (command.type === 'EnableUser') {
    checkNotErased(record);
    return status === 'active' ? [] : [on.UserEnabled({ userId })];
  }
  const disabled = status === 'disabled' ? [] : [on.UserDisabled({ userId, reason: command.reason })];
  return command.type === 'DisableUser' || isErased ? disabled : [...disabled, on.UserErased({ userId, reason: command.reason })];
};

export const user: Decider<User, UserCommand, UserEvent> = {
  initial: { status: 'unknown' },

  evolve(state, event) {
    if (event.type === 'UserRegistered') return { status: 'active', isErased: false, ...event.data, claims: {}, passwordSetAt: 0, factors: NO_FACTORS, sessions: [], halfSessions: [], identities: [] };
    if (state.status === 'unknown') return state;
    const { factors, sessions, halfSessions, identities } = state;
    return evolveRecord({
      ...state, factors: evolveFactors(factors, event), sessions: evolveSessions(sessions, event), halfSessions: evolveHalfSessions(halfSessions, event), identities: evolveIdentities(identities, event),
    }, event);
  },

  decide(command, state) {
    if (command.type === 'RegisterUser') {
      const { userId, email, name, roles } = command;
      if (state.status !== 'unknown') throw new Refusal('user.exists', 'This user is registered already.');
      return [on.UserRegistered({ userId, email, name, roles })];
    }
    if (command.type === 'ProvisionUser') {
      if (state.status !== 'unknown') throw new Refusal('user.exists', 'This user is registered already.');
      return provisioned(command);
    }
    const record = known(state);
    const { userId, status, factors } = record;
    const checkActive = (): void => {
      if (status === 'disabled') throw new Refusal('user.disabled', 'This account is disabled.');
    };
    switch (command.type) {
      case 'ChangeRoles':
        checkNotErased(record);
        return [on.UserRolesChanged({ userId, roles: command.roles })];
      case 'ChangeClaims':
        checkNotErased(record);
        checkClaimNames(Object.keys(command.claims));
        return [claimsEvent(userId, command.claims)];
      case 'SetPassword':
        checkNotErased(record);
        return [on.UserPasswordSet({ userId, at: command.at })];
      case 'SignIn':
      case 'AwaitSecondFactor': {
        checkActive();
        const { sessionDigest, methods, network, at, upstream } = command;
        const data = { userId, sessionDigest, methods, ...(network === undefined ? {} : { network }), at };
        return [command.type === 'SignIn' ? on.UserSignedIn({ ...data, ...upstream }) : on.SecondFactorAwaited({ ...data, ...upstream })];
      }
      case 'StepUp': {
        checkActive();
        const { sessionDigest, replaced, methods, at } = command;
        return [on.UserSteppedUp({ userId, sessionDigest, replaced, methods, at })];
      }
      case 'SignOut':
        return [on.UserSignedOut({ userId, sessionDigest: command.sessionDigest })];
      case 'EndSessions':
        return [on.UserSessionsEnded({ userId, ...(command.except === undefined ? {} : { except: command.except }) })];
      case 'DisableUser':
      case 'EraseUser':
      case 'EnableUser':
        return decideStanding(command, record);
      case 'TakeFromProvider':
      case 'LinkIdentity':
        checkActive();
        return decideIdentities(command, record);
      case 'UnlinkIdentity':
      case 'EndUpstreamSessions':
        return decideIdentities(command, record);
      case 'ResetFactors':
        return decideFactors(command, userId, factors);
      default:
        checkActive();
        return decideFactors(command, userId, factors);
    }
  },
};
