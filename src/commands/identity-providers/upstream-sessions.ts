import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import { isMultiFactor, levelOf } from '../../domain/user/authentication.js';
import { SESSION_LIFETIME, upstreamSessions } from '../../domain/user/user-sessions.js';
import { type KnownUser, user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { BeginSession, type SignedIn, type Whence } from '../sign-in/begin-session.js';
import { Sessions } from '../sign-in/sessions.js';
import { Write } from '../write.js';
import type { ReadAnswer } from './read-answer.js';
import { UpstreamIdentities } from './upstream-identities.js';

const KIND = 'upstream-session';

/** Sessions here that rest on a session at an identity provider, and end with it. */
@Injectable()
export class UpstreamSessions {
  constructor(
    private readonly write: Write,
    private readonly live: LiveState,
    private readonly sessions: Sessions,
    private readonly beginning: BeginSession,
    private readonly identities: UpstreamIdentities,
    private readonly secrets: SecretStore,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  /** Half a session for somebody with second factors here, unless the provider saw one. Throws Refusal when the person was disabled meanwhile. */
  async begin(userId: string, { provider: { providerId, epoch }, person, identity: { issuer, subject, idToken } }: ReadAnswer, whence: Whence, context: CommandContext): Promise<SignedIn> {
    const { tenant } = context;
    const at = this.clock.seconds();
    const upstreamSession = person.session === undefined ? undefined : this.digestOf(tenant, providerId, person.session);
    if (upstreamSession !== undefined) await this.secrets.put(tenant, KIND, { name: upstreamSession, value: new TextEncoder().encode(userId), expiresAt: at + SESSION_LIFETIME });
    const { state } = await this.live.entry(user, streams.user(userId), tenant);
    const isOne = ({ factors }: KnownUser): boolean => factors.enrolled.length === 0 || isMultiFactor(person.methods);
    const isWhole = state.status !== 'unknown' && isOne(state);
    const identity = this.identities.digestOf(tenant, issuer, subject);
    // The person may have taken it off the account while it was on its way.
    const isTheirs = ({ identities }: KnownUser): boolean => identities.some((one) => one.identity === identity);
    const proven = { userId, methods: person.methods, ...whence, upstream: { providerId, epoch, upstreamSession, level: levelOf(person.methods), idToken, authTime: Math.min(person.authTime ?? at, at) } };
    // A sign-out at the provider that came before the session counted has taken it off the list again.
    const isListed = ({ sessions, halfSessions }: KnownUser): boolean =>
      (isWhole ? sessions : halfSessions).some((one) => one.startedAt >= at && one.providerId === providerId && one.upstreamSession === upstreamSession);
    const holds = (now: KnownUser): boolean => isTheirs(now) && (!isWhole || isOne(now)) && isListed(now);
    const begun = await (isWhole ? this.beginning.whole({ ...proven, holds }, context) : this.beginning.half({ ...proven, holds }, context));
    if (!begun) throw new Refusal('user.disabled', 'Your account here is disabled, or you were signed out meanwhile.');
    return begun;
  }

  /** Whose session at the provider it is; undefined when none here rests on it. */
  async holderOf(tenant: string, providerId: string, session: string): Promise<string | undefined> {
    const stored = await this.secrets.get(tenant, KIND, this.digestOf(tenant, providerId, session));
    return stored && new TextDecoder().decode(stored);
  }

  /** Ends a person's sessions that rest on one session at the provider, or on any there. The vault forgets them first: a crash ends too much, never too little. */
  async end(userId: string, providerId: string, session: string | undefined, context: CommandContext): Promise<void> {
    const which = { providerId, upstreamSession: session === undefined ? undefined : this.digestOf(context.tenant, providerId, session) };
    const entry = await this.live.entry(user, streams.user(userId), context.tenant);
    await this.live.refresh(entry as LiveEntry, context.tenant);
    if (entry.state.status === 'unknown') return;
    const { sessions, halfSessions } = entry.state;
    for (const { digest } of upstreamSessions([...sessions, ...halfSessions], which)) await this.sessions.end(context.tenant, { userId, digest });
    await this.write.to(user, streams.user(userId), { type: 'EndUpstreamSessions', ...which }, context);
  }

  private digestOf(tenant: string, providerId: string, session: string): string {
    return this.crypto.mac('upstream-session', JSON.stringify([tenant, providerId, session]));
  }
}
