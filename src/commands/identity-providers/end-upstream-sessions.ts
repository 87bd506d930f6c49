import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { IdentityProvider } from '../../domain/idp/idp.decider.js';
import type { LogoutToken } from '../../domain/idp/logout-token.js';
import { ANONYMOUS, SYSTEM } from '../../domain/kernel/event.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import type { CommandContext } from '../command-context.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import { FindProviders } from './find-providers.js';
import { ReadLogoutToken } from './read-logout-token.js';
import { UpstreamIdentities } from './upstream-identities.js';
import { UpstreamSessions } from './upstream-sessions.js';

/** An identity provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0). Throws Refusal, recorded. */
export class EndUpstreamSessions extends Command<void> {
  constructor(readonly name: string, readonly token: string, readonly context: Omit<CommandContext, 'actor'>) {
    super();
  }
}

/** Seconds that a logout token is remembered for; it is not taken for longer than a few minutes. */
const REMEMBERED = 900;

@CommandHandler(EndUpstreamSessions)
export class EndUpstreamSessionsHandler implements ICommandHandler<EndUpstreamSessions> {
  constructor(
    private readonly find: FindProviders,
    private readonly tokens: ReadLogoutToken,
    private readonly identities: UpstreamIdentities,
    private readonly sessions: UpstreamSessions,
    private readonly secrets: SecretStore,
    private readonly refusals: NoteRefusalHandler,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  async execute({ name, token, context }: EndUpstreamSessions): Promise<void> {
    const provider = await this.find.byName(context.tenant, name);
    if (!provider) throw new Refusal('idp.unknown', 'There is no such identity provider.');
    try {
      await this.end(provider, await this.tokens.read(provider, token), { ...context, actor: SYSTEM });
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === 'sign_in.away') throw error;
      const refused = activityEvents.UpstreamLogoutRefused({ providerId: provider.providerId, reason: error.code });
      await this.refusals.execute(new NoteRefusal(refused, { ...context, actor: ANONYMOUS }));
      throw error;
    }
  }

  /** To end sessions twice is harmless, so the token is spent after they have ended: a crash between leaves it to be sent again. */
  private async end(provider: IdentityProvider, { issuer, subject, session, jti }: LogoutToken, context: CommandContext): Promise<void> {
    const { tenant } = context;
    const name = this.crypto.mac('logout-token', JSON.stringify([tenant, issuer, jti]));
    if (await this.secrets.get(tenant, 'logout-token', name)) throw new Refusal('logout.replayed', 'This logout token was used before.');
    const bySession = session === undefined ? undefined : await this.sessions.holderOf(tenant, provider.providerId, session);
    const userId = subject === undefined ? bySession : await this.identities.holderOf(tenant, this.identities.digestOf(tenant, issuer, subject));
    // With a session of somebody else it would sign out the wrong person.
    if (userId !== undefined && (bySession === undefined || bySession === userId)) await this.sessions.end(userId, provider.providerId, session, context);
    await this.secrets.putNew(tenant, 'logout-token', { name, value: new Uint8Array(), expiresAt: this.clock.seconds() + REMEMBERED });
  }
}
