import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { type KnownUser, user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LocalSignIn } from '../identity-providers/local-sign-in.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import { Write } from '../write.js';
import { Sessions } from './sessions.js';
import type { RestsOn } from './sign-in-standing.js';

/** Where a sign-in comes from. */
export interface Whence {
  readonly network?: string | undefined;
  /** Words about the browser, for the person's own list of sessions. */
  readonly device?: string | undefined;
}

export interface Proven extends Whence {
  readonly userId: string;
  /** How they proved who they are (RFC 8176). */
  readonly methods: readonly string[];
  /** The identity provider that said so, and when they proved it there (NumericDate). */
  readonly upstream?: (RestsOn & { readonly authTime: number }) | undefined;
  /**
   * Whether what was shown still holds: a password that is replaced, a factor that is taken away while the session begins.
   * Asked when the session counts; what changes later finds it and ends it.
   */
  holds(state: KnownUser): boolean | Promise<boolean>;
}

export interface SignedIn {
  readonly cookie: string;
  /** A second factor is missing: the cookie is good for nothing but to show it. */
  readonly isHalf: boolean;
}

/** The one place where a session begins, however the person proved who they are: recorded, then made to count, then looked at once more. */
@Injectable()
export class BeginSession {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly sessions: Sessions,
    private readonly local: LocalSignIn,
    private readonly notes: NoteRefusalHandler,
    private readonly clock: Clock,
  ) {}

  /** Undefined when it did not hold any more. Throws Refusal for an account that is disabled or may not be used, or a tenant that is suspended. */
  whole(proven: Proven, context: Omit<CommandContext, 'actor'>): Promise<SignedIn | undefined> {
    return this.begin(proven, false, context);
  }

  /** For a person with second factors of whom only the first was seen. */
  half(proven: Proven, context: Omit<CommandContext, 'actor'>): Promise<SignedIn | undefined> {
    return this.begin(proven, true, context);
  }

  private async begin({ userId, methods, network, device, upstream, holds }: Proven, isHalf: boolean, context: Omit<CommandContext, 'actor'>): Promise<SignedIn | undefined> {
    const { tenant } = context;
    if (upstream) await this.sessions.checkOpen(tenant);
    else await this.mayComeSo(userId, context);
    const at = this.clock.seconds();
    const { cookie, digest } = this.sessions.prepare(userId);
    const command = { type: isHalf ? 'AwaitSecondFactor' : 'SignIn', sessionDigest: digest, methods, network, at, upstream: upstream && toldOf(upstream) } as const;
    await this.write.to(user, streams.user(userId), command, { ...context, actor: { kind: 'user', id: userId } });
    await this.sessions.start(tenant, userId, digest, { ...(upstream ? keptOf(upstream, at) : { authTime: at, provenAt: at }), methods, device, isHalf });
    const entry = await this.live.entry(user, streams.user(userId), tenant);
    // From the ledger itself: another node may have disabled the person, and this one not have heard of it yet.
    await this.live.refresh(entry as LiveEntry, tenant);
    const { state } = entry;
    if (state.status === 'active' && (await holds(state))) return { cookie, isHalf };
    await this.sessions.end(tenant, { userId, digest });
    return undefined;
  }

  /** They have proved who they are by now, so a no is a fact about a person and no noise. What a provider's word is refused for is recorded of the provider. */
  private async mayComeSo(userId: string, context: Omit<CommandContext, 'actor'>): Promise<void> {
    try {
      await this.sessions.checkOpen(context.tenant);
      await this.local.check(context.tenant, userId);
    } catch (error) {
      if (error instanceof Refusal) await this.notes.execute(new NoteRefusal(activityEvents.SignInRefused({ userId, reason: error.code }), { ...context, actor: { kind: 'user', id: userId } }));
      throw error;
    }
  }
}

const toldOf = ({ providerId, upstreamSession }: RestsOn) => ({ providerId, ...(upstreamSession === undefined ? {} : { upstreamSession }) });
/** The provider's word is as old as it is; the session is as old as it is here. */
const keptOf = ({ authTime, ...upstream }: RestsOn & { readonly authTime: number }, startedAt: number) => ({ authTime, provenAt: authTime, startedAt, upstream });
