import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { KnownCredential } from '../../domain/credential/credential.decider.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { CommandContext } from '../command-context.js';
import { FindConnection } from '../connections/find-connection.js';
import { KeepCredential } from './keep-credential.js';
import { problemOf } from './ready-credential.js';
import { RefreshCredential } from './refresh-credential.js';

/** Seconds before its end: at least this many, and up to twice as many, so that what began together does not come due together. */
export const AHEAD = 300;
/** Refresh tokens that nobody uses end at many services; and one that is dead should be known before it is needed. */
export const AT_LEAST_EVERY = 7 * 86_400;

/** Nobody waits for it: a token in use is new before it is over. Does nothing when it is not due by what the ledger says now. */
export class RefreshAhead extends Command<void> {
  constructor(readonly connectionId: string, readonly credentialId: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(RefreshAhead)
export class RefreshAheadHandler implements ICommandHandler<RefreshAhead> {
  constructor(
    private readonly find: FindConnection,
    private readonly keep: KeepCredential,
    private readonly refreshing: RefreshCredential,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  async execute({ connectionId, credentialId, context }: RefreshAhead): Promise<void> {
    const of = await this.find.byId(context.tenant, connectionId);
    const { state: held } = await this.keep.entry(context.tenant, credentialId);
    if (of?.status !== 'active' || problemOf(of, held) || !this.refreshing.canRefresh(of, held as KnownCredential) || !this.isDue(held as KnownCredential)) return;
    // Why there is no new token stands in the ledger; that nobody may ask right now is no failure of this job.
    await this.refreshing.refresh(of, credentialId, context).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
  }

  private isDue(held: KnownCredential): boolean {
    if (held.at <= this.clock.seconds() - AT_LEAST_EVERY) return true;
    if (held.expiresAt === undefined) return false;
    // A token that lives for minutes is not exchanged for the next one all the time.
    return this.refreshing.isDue(held, Math.min(AHEAD + this.scatter(held.credentialId), (held.expiresAt - held.at) / 2));
  }

  /** The same for a credential each time, and another for another one. */
  private scatter(credentialId: string): number {
    const word = this.crypto.sha256(credentialId);
    return ((word.charCodeAt(0) * 256 + word.charCodeAt(1)) * 7919) % AHEAD;
  }
}
