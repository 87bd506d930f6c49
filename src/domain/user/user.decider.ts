import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { type UserEvent, userEvents as on } from './user.events.js';

export type User =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'active' | 'disabled';
      readonly userId: string;
      /** Sealed; open with Privacy. */
      readonly email: string;
      readonly name: string;
      readonly roles: readonly string[];
      /** By name. Administrators and the identity provider's mapping set them, never the person. */
      readonly claims: UserClaims;
      /** What was agreed before the last password change is not trusted any more. */
      readonly passwordSetAt: number;
    };
export type UserClaims = Readonly<Record<string, readonly string[]>>;
export type KnownUser = Exclude<User, { status: 'unknown' }>;

export type UserCommand =
  | { readonly type: 'RegisterUser'; readonly userId: string; readonly email: string; readonly name: string; readonly roles: readonly string[] }
  | { readonly type: 'ChangeRoles'; readonly roles: readonly string[] }
  | { readonly type: 'ChangeClaims'; readonly claims: UserClaims }
  | { readonly type: 'SetPassword'; readonly at: number }
  | { readonly type: 'SignIn'; readonly sessionDigest: string; readonly methods: readonly string[]; readonly network?: string }
  | { readonly type: 'SignOut'; readonly sessionDigest: string }
  | { readonly type: 'DisableUser'; readonly reason: string }
  | { readonly type: 'EnableUser' };

const known = (state: User): KnownUser => {
  if (state.status === 'unknown') throw new Refusal('user.unknown', 'There is no such user.');
  return state;
};

export const user: Decider<User, UserCommand, UserEvent> = {
  initial: { status: 'unknown' },

  evolve(state, { type, data }) {
    if (type === 'UserRegistered') return { status: 'active', ...data, claims: {}, passwordSetAt: 0 };
    if (state.status === 'unknown') return state;
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
        return { ...state, status: 'active' };
      case 'UserSignedIn':
      case 'UserSignedOut':
        return state;
    }
  },

  decide(command, state) {
    if (command.type === 'RegisterUser') {
      const { userId, email, name, roles } = command;
      if (state.status !== 'unknown') throw new Refusal('user.exists', 'This user is registered already.');
      return [on.UserRegistered({ userId, email, name, roles })];
    }
    const { userId, status } = known(state);
    switch (command.type) {
      case 'ChangeRoles':
        return [on.UserRolesChanged({ userId, roles: command.roles })];
      case 'ChangeClaims': {
        const named = Object.keys(command.claims).sort();
        return [on.UserClaimsChanged({ userId, claims: named.map((name) => ({ name, values: command.claims[name]! })) })];
      }
      case 'SetPassword':
        return [on.UserPasswordSet({ userId, at: command.at })];
      case 'SignIn': {
        if (status === 'disabled') throw new Refusal('user.disabled', 'This account is disabled.');
        const { sessionDigest, methods, network } = command;
        return [on.UserSignedIn({ userId, sessionDigest, methods, ...(network === undefined ? {} : { network }) })];
      }
      case 'SignOut':
        return [on.UserSignedOut({ userId, sessionDigest: command.sessionDigest })];
      case 'DisableUser':
        return status === 'disabled' ? [] : [on.UserDisabled({ userId, reason: command.reason })];
      case 'EnableUser':
        return status === 'active' ? [] : [on.UserEnabled({ userId })];
    }
  },
};
