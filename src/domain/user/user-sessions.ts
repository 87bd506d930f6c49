import type { UserEvent } from './user.events.js';

/** Seconds that a session lasts. */
export const SESSION_LIFETIME = 12 * 3600;
/** Seconds that a person has to show a second factor. */
export const HALF_LIFETIME = 600;
/** Of more at once the oldest end. */
const MOST_LISTED = 100;

/** A session as the ledger tells of it. Its secret and its end by time are the vault's business. */
export interface ListedSession {
  readonly digest: string;
  readonly startedAt: number;
  readonly methods: readonly string[];
  readonly network: string | undefined;
  /** Where it was begun by way of an identity provider. */
  readonly providerId: string | undefined;
  readonly upstreamSession: string | undefined;
}

const without = (sessions: readonly ListedSession[], digest: string): readonly ListedSession[] => sessions.filter((one) => one.digest !== digest);

const begun = ({ data }: Extract<UserEvent, { type: 'UserSignedIn' | 'SecondFactorAwaited' }>, at: number): ListedSession => {
  const { sessionDigest: digest, methods, network, providerId, upstreamSession } = data;
  return { digest, startedAt: at, methods, network, providerId, upstreamSession };
};
const listed = (sessions: readonly ListedSession[], one: ListedSession, lifetime: number): readonly ListedSession[] =>
  [...sessions.filter(({ startedAt }) => startedAt + lifetime > one.startedAt), one].slice(-MOST_LISTED);

export const evolveSessions = (sessions: readonly ListedSession[], event: UserEvent): readonly ListedSession[] => {
  const { type, data } = event;
  switch (type) {
    case 'UserSignedIn':
      return data.at === undefined ? sessions : listed(sessions, begun(event, data.at), SESSION_LIFETIME);
    case 'UserSteppedUp':
      return sessions.map((one) => (one.digest === data.replaced ? { ...one, digest: data.sessionDigest, methods: data.methods } : one));
    default:
      return ended(sessions, event);
  }
};

/** Those that wait for a second factor, which end by whatever ends whole ones. */
export const evolveHalfSessions = (sessions: readonly ListedSession[], event: UserEvent): readonly ListedSession[] =>
  (event.type === 'SecondFactorAwaited' ? listed(sessions, begun(event, event.data.at), HALF_LIFETIME) : ended(sessions, event));

const ended = (sessions: readonly ListedSession[], { type, data }: UserEvent): readonly ListedSession[] => {
  switch (type) {
    case 'UserSignedOut':
      return without(sessions, data.sessionDigest);
    case 'UserSessionsEnded':
      return data.except === undefined ? [] : sessions.filter(({ digest }) => digest === data.except);
    case 'UserPasswordSet':
    case 'UserDisabled':
    case 'FactorsWithdrawn':
      return [];
    default:
      return sessions;
  }
};

/** Those that a provider's word ends: begun by way of it, all or those of one session there. */
export const upstreamSessions = (sessions: readonly ListedSession[], { providerId, upstreamSession }: { readonly providerId: string; readonly upstreamSession?: string | undefined }) =>
  sessions.filter((one) => one.providerId === providerId && (upstreamSession === undefined || one.upstreamSession === upstreamSession));
