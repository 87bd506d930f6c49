import { Injectable } from '@nestjs/common';
import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import { Clock } from '../../domain/ports/clock.js';
import type { CommandContext } from '../command-context.js';
import { KeepCredential } from './keep-credential.js';
import { RefreshCredential } from './refresh-credential.js';

/** Seconds. An agent can make a service say 401 as often as it likes; this is how often the hub takes it for news. */
const AT_MOST_EVERY = 60;

/** The service turned a credential away: whether it still lives is found out by asking for a new token. */
@Injectable()
export class CheckCredential {
  constructor(private readonly refreshing: RefreshCredential, private readonly keep: KeepCredential, private readonly clock: Clock) {}

  /** Beside the answer that gave rise to it, and without ever failing: what comes of it stands in the ledger. */
  soon(of: KnownConnection, credentialId: string, context: CommandContext): void {
    void this.now(of, credentialId, context).catch(() => undefined);
  }

  /** Resolves when it is known; the credential then needs its holder, or is a new one. */
  async now(of: KnownConnection, credentialId: string, context: CommandContext): Promise<void> {
    const { state } = await this.keep.entry(context.tenant, credentialId);
    if (state.status !== 'live' || !this.refreshing.canRefresh(of, state) || state.at > this.clock.seconds() - AT_MOST_EVERY) return;
    await this.refreshing.refresh(of, credentialId, context);
  }
}
