import type { UserEvent } from './user.events.js';

/** Seconds that a session lasts. */
export const SESSION_LIFETIME = 12 * 3600;
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

export const evolveSessions = (sessions: readonly ListedSession[], { type, data }: UserEvent): readonly ListedSession[] => {
  switch (type) {
    case 'UserSignedIn': {
      const { sessionDigest: digest, at, methods, network, providerId, upstreamSession } = data;
      if (at === undefined) return sessions;
      return [...sessions.filter(({ startedAt }) => startedAt + SESSION_LIFETIME > at), { digest, startedAt: at, methods, network, providerId, upstreamSession }].slice(-MOST_LISTED);
    }
    case 'UserSteppedUp':
      return sessions.map((one) => (one.digest === data.replaced ? { ...one, digest: data.sessionDigest, methods: data.methods } : one));
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
