import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type KnownCredential, credential } from '../../domain/credential/credential.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { CredentialVault } from '../../domain/ports/credential-vault.js';
import { Metrics } from '../../domain/ports/metrics.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

/** Seconds since the administrator showed who they are. */
const MOST_SINCE_SIGN_IN = 300;

export interface BrokenGlass {
  readonly kind: KnownCredential['kind'];
  readonly secret: string;
  readonly expiresAt: number | undefined;
}

export class UseBreakGlass extends Command<BrokenGlass> {
  constructor(
    readonly credentialId: string, readonly reason: string,
    readonly administrator: { readonly userId: string; readonly agentId: string; readonly authTime: number | undefined },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/**
 * The one way past policies: an administrator who has just signed in, with a reason, gets what is lent (never a refresh
 * token). It is recorded before anything is opened, and operators are meant to be woken by it.
 */
@CommandHandler(UseBreakGlass)
export class UseBreakGlassHandler implements ICommandHandler<UseBreakGlass> {
  constructor(
    private readonly write: Write,
    private readonly vault: CredentialVault,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  async execute({ credentialId, reason, administrator: { userId, agentId, authTime }, context }: UseBreakGlass): Promise<BrokenGlass> {
    if (authTime === undefined || authTime < this.clock.seconds() - MOST_SINCE_SIGN_IN)
      throw new Refusal('credential.not_recent', 'Sign in again first: this needs a sign-in of the last five minutes.');
    const { state } = await this.write.to(credential, streams.credential(credentialId), { type: 'UseBreakGlass', userId, agentId, authTime, reason }, context);
    this.metrics.glassBroken();
    const { connectionId, secretId, kind, expiresAt } = state as KnownCredential;
    const secret = await this.vault.open({ tenant: context.tenant, connectionId, credentialId, secretId, part: 'access' });
    if (secret === undefined) throw new Refusal('conflict.concurrent', 'The credential was replaced just now; try again.');
    return { kind, secret, expiresAt };
  }
}
