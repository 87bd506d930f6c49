import { Refusal } from '../kernel/refusal.js';
import { type ListedSession, upstreamSessions } from './user-sessions.js';
import { type UserEvent, userEvents as on } from './user.events.js';

/** By name: what policies may know of a person. */
export type UserClaims = Readonly<Record<string, readonly string[]>>;

/** An account at an identity provider that opens this one. */
export interface UpstreamIdentity {
  readonly providerId: string;
  readonly issuer: string;
  /** HMAC of issuer and subject. */
  readonly identity: string;
  /** 'first_sign_in': the account came to be by it, and the provider's mapping decides its roles. 'link': the person added it. */
  readonly via: 'first_sign_in' | 'link';
}

/** What an identity provider's mapping makes of a person; undefined is left as it is. */
export interface SaidOfUser {
  readonly roles: readonly string[] | undefined;
  readonly claims: UserClaims | undefined;
}

/** A record and its first identity in one. */
export interface ProvisionUser {
  readonly type: 'ProvisionUser';
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly from: Omit<UpstreamIdentity, 'via'>;
  readonly said: SaidOfUser;
}

export type IdentityCommand =
  | { readonly type: 'TakeFromProvider'; readonly said: SaidOfUser }
  | { readonly type: 'LinkIdentity'; readonly from: Omit<UpstreamIdentity, 'via'> }
  | { readonly type: 'UnlinkIdentity'; readonly identity: string }
  /** Those begun by way of a provider: all, or those of one session there. */
  | { readonly type: 'EndUpstreamSessions'; readonly providerId: string; readonly upstreamSession?: string | undefined };

interface AsRecorded {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly claims: UserClaims;
  readonly identities: readonly UpstreamIdentity[];
  readonly sessions: readonly ListedSession[];
  readonly halfSessions: readonly ListedSession[];
}

const MOST_IDENTITIES = 10;

export const evolveIdentities = (identities: readonly UpstreamIdentity[], { type, data }: UserEvent): readonly UpstreamIdentity[] => {
  if (type === 'UserIdentityLinked') {
    const { userId: _, ...identity } = data;
    return [...identities, identity];
  }
  return type === 'UserIdentityUnlinked' ? identities.filter(({ identity }) => identity !== data.identity) : identities;
};

export const claimsEvent = (userId: string, claims: UserClaims): UserEvent =>
  on.UserClaimsChanged({ userId, claims: Object.keys(claims).sort().map((name) => ({ name, values: claims[name]! })) });

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one) => b.includes(one));

const changes = ({ userId, roles, claims }: Pick<AsRecorded, 'userId' | 'roles' | 'claims'>, said: SaidOfUser): readonly UserEvent[] => {
  const names = Object.keys(said.claims ?? claims);
  const keepsClaims = isSame(names, Object.keys(claims)) && names.every((name) => isSame((said.claims ?? claims)[name]!, claims[name]!));
  return [
    ...(said.roles === undefined || isSame(said.roles, roles) ? [] : [on.UserRolesChanged({ userId, roles: said.roles })]),
    ...(keepsClaims ? [] : [claimsEvent(userId, said.claims!)]),
  ];
};

/** Whether a sign-in of which this is said would change nothing. */
export const isAsSaid = (user: Pick<AsRecorded, 'userId' | 'roles' | 'claims'>, said: SaidOfUser): boolean => changes(user, said).length === 0;

export const provisioned = ({ userId, email, name, from, said }: ProvisionUser): readonly UserEvent[] => {
  const roles = said.roles ?? [];
  return [on.UserRegistered({ userId, email, name, roles }), on.UserIdentityLinked({ userId, ...from, via: 'first_sign_in' }), ...changes({ userId, roles, claims: {} }, said)];
};

const endedThere = ({ userId, sessions, halfSessions }: AsRecorded, which: Parameters<typeof upstreamSessions>[1]): readonly UserEvent[] =>
  upstreamSessions([...sessions, ...halfSessions], which).map(({ digest }) => on.UserSignedOut({ userId, sessionDigest: digest }));

export const decideIdentities = (command: IdentityCommand, user: AsRecorded): readonly UserEvent[] => {
  const { userId, identities } = user;
  switch (command.type) {
    case 'TakeFromProvider':
      return changes(user, command.said);
    case 'LinkIdentity':
      if (identities.some(({ identity }) => identity === command.from.identity)) return [];
      if (identities.length >= MOST_IDENTITIES) throw new Refusal('link.too_many', 'No more accounts can be linked to yours.');
      return [on.UserIdentityLinked({ userId, ...command.from, via: 'link' })];
    case 'UnlinkIdentity': {
      const known = identities.find(({ identity }) => identity === command.identity);
      if (!known) throw new Refusal('link.unknown', 'This account is not linked to yours.');
      // It would leave an account that nobody can open.
      if (known.via === 'first_sign_in') throw new Refusal('link.only_way', 'Your account here came to be by this one, so it can\'t be taken off.');
      // What came by it ends in the same append: no crash leaves it signed in.
      return [on.UserIdentityUnlinked({ userId, providerId: known.providerId, identity: known.identity }), ...endedThere(user, { providerId: known.providerId })];
    }
    case 'EndUpstreamSessions':
      return endedThere(user, command);
  }
};
