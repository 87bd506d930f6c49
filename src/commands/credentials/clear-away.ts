import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { connection } from '../../domain/connection/connection.decider.js';
import type { KnownCredential } from '../../domain/credential/credential.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { CredentialVault } from '../../domain/ports/credential-vault.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { FindConnection } from '../connections/find-connection.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { DestroyCredential, DestroyCredentialHandler } from './destroy-credential.js';
import { KeepCredential } from './keep-credential.js';

/** Destroys a credential that nobody may use any more, if that is so by what the ledger says now, and finishes what was begun. */
export class ClearAwayCredential extends Command<void> {
  constructor(readonly credentialId: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ClearAwayCredential)
export class ClearAwayCredentialHandler implements ICommandHandler<ClearAwayCredential> {
  constructor(
    private readonly keep: KeepCredential,
    private readonly find: FindConnection,
    private readonly live: LiveState,
    private readonly destroy: DestroyCredentialHandler,
  ) {}

  async execute({ credentialId, context }: ClearAwayCredential): Promise<void> {
    const { state: held } = await this.keep.entry(context.tenant, credentialId);
    if (held.status === 'none' || held.shredded) return;
    // A read model that lags must not cost anybody a credential.
    const reason = await this.reasonFor(held, context);
    if (reason !== undefined) await this.destroy.execute(new DestroyCredential(credentialId, reason, context));
  }

  private async reasonFor({ status, connectionId, holder }: KnownCredential, { tenant }: CommandContext): Promise<string | undefined> {
    if (status === 'destroyed') return 'unfinished';
    if ((await this.find.byId(tenant, connectionId))?.status === 'removed') return 'connection.removed';
    if (holder.kind !== 'user') return undefined;
    return (await this.live.entry(user, streams.user(holder.id), tenant)).state.status === 'disabled' ? 'user.disabled' : undefined;
  }
}

/** What the hub proved itself with to a service whose connection was removed goes too, after the credentials that it was needed to revoke. */
export class ClearAwayConnection extends Command<void> {
  constructor(readonly connectionId: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ClearAwayConnection)
export class ClearAwayConnectionHandler implements ICommandHandler<ClearAwayConnection> {
  constructor(private readonly find: FindConnection, private readonly write: Write, private readonly vault: CredentialVault) {}

  async execute({ connectionId, context }: ClearAwayConnection): Promise<void> {
    const of = await this.find.byId(context.tenant, connectionId);
    if (of?.status !== 'removed' || of.shredded) return;
    await this.vault.shred(context.tenant, connectionId);
    await this.write.to(connection, streams.connection(connectionId), { type: 'ShredConnection' }, context);
  }
}
