import { Injectable } from '@nestjs/common';
import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import type { Credential, KnownCredential } from '../../domain/credential/credential.decider.js';
import { sentScopes } from '../../domain/connection/scopes.js';
import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { DownstreamOAuth, DownstreamRefused } from '../../domain/ports/downstream-oauth.js';
import type { CommandContext } from '../command-context.js';
import { ConnectionSecrets } from '../connections/connection-secrets.js';
import type { LiveEntry } from '../live-entry.js';
import { KeepCredential, materialOf } from './keep-credential.js';
import { RefreshCredential } from './refresh-credential.js';

/** Why nothing can be lent of what is held; undefined when something can. The time is looked at elsewhere. */
export const problemOf = ({ epoch }: KnownConnection, held: Credential): RefusalCode | undefined => {
  if (held.status === 'none' || held.status === 'destroyed') return 'credential.unknown';
  if (held.status === 'distrusted') return 'credential.distrusted';
  // It was given to what the connection was then, and must not be shown to what it is now (VA-09).
  return held.status === 'needs_reauth' || held.connectionEpoch !== epoch ? 'credential.needs_reauth' : undefined;
};

/** What the credential can do, in words that the connection knows. A key can do everything. */
export const scopesOf = ({ scopes }: KnownConnection, held: KnownCredential): readonly string[] => {
  const known = scopes.map(({ name }) => name);
  return held.kind === 'oauth' ? known.filter((name) => held.scopes.includes(name)) : known;
};

/** Sees to it that there is a credential that will live a while longer. */
@Injectable()
export class ReadyCredential {
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly refreshing: RefreshCredential,
    private readonly keep: KeepCredential,
    private readonly secrets: ConnectionSecrets,
    private readonly oauth: DownstreamOAuth,
    private readonly clock: Clock,
  ) {}

  /** Throws Refusal when there is none and none can be had without a person. */
  async make(of: KnownConnection, entry: LiveEntry<Credential>, context: CommandContext): Promise<void> {
    const problem = problemOf(of, entry.state);
    if (problem && problem !== 'credential.distrusted' && of.oauth?.grant === 'client_credentials') return this.obtain(of, context);
    if (problem) throw new Refusal(problem, 'The service has to be connected.');
    const held = entry.state as KnownCredential;
    if (!this.refreshing.isDue(held)) return;
    const isOver = this.refreshing.isDue(held, 0);
    if (!this.refreshing.canRefresh(of, held)) {
      if (isOver) throw new Refusal('credential.needs_reauth', 'The credential is over.');
      return;
    }
    await this.refreshing.refresh(of, held.credentialId, context).catch((error: unknown) => {
      // It lives a little longer: whoever asks now still gets it.
      if (isOver || !(error instanceof Refusal) || error.code !== 'credential.refresh_failed') throw error;
    });
  }

  /** What the hub gets for itself, as a client of the service: all that the connection offers, once for all agents. */
  private obtain(of: KnownConnection, context: CommandContext): Promise<void> {
    const running = this.underWay.get(of.connectionId);
    if (running) return running;
    const started = this.ask(of, context).finally(() => this.underWay.delete(of.connectionId));
    this.underWay.set(of.connectionId, started);
    return started;
  }

  private async ask(of: KnownConnection, context: CommandContext): Promise<void> {
    const asked = of.scopes.map(({ name }) => name);
    try {
      const client = await this.secrets.client(of, context);
      const material = async () => materialOf(await this.oauth.clientCredentials(client, sentScopes(of, asked)), of, asked, this.clock.seconds());
      await this.keep.store(of, { kind: 'tenant', id: context.tenant }, { via: 'client_credentials', material }, context);
    } catch (error) {
      if (error instanceof DownstreamRefused) throw new Refusal('credential.refresh_failed', `The service gave the hub no token: ${error.message}`);
      throw error;
    }
  }
}
