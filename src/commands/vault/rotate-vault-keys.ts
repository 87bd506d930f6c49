import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { VaultKeys } from '../../domain/ports/vault-keys.js';
import { vaultCare } from '../../domain/vault/vault.decider.js';
import type { CommandContext } from '../command-context.js';
import { DEFAULT_TENANT } from '../tenants/tenant-directory.js';
import { Write } from '../write.js';

/** The keys are of the deployment, which is the default tenant's affair. */
export const VAULT_STREAM = streams.vault(DEFAULT_TENANT);

/**
 * Another key is to wrap what credentials are sealed with: a new one, or one of the provider that the configuration names by
 * now. Asked for while that is under way, it is that.
 */
export class RotateVaultKeys extends Command<{ readonly rotationId: string; readonly started: boolean; readonly position: Position }> {
  constructor(readonly context: Omit<CommandContext, 'tenant'>) {
    super();
  }
}

@CommandHandler(RotateVaultKeys)
export class RotateVaultKeysHandler implements ICommandHandler<RotateVaultKeys> {
  constructor(
    private readonly write: Write,
    private readonly keys: VaultKeys,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  async execute({ context: { actor, correlationId } }: RotateVaultKeys): Promise<{ rotationId: string; started: boolean; position: Position }> {
    // Recorded and not done yet: a worker does it, and whoever asked sees how far it is.
    const command = { type: 'StartRotation', rotationId: this.crypto.randomId(ID_PREFIX.rotation), provider: this.keys.status().provider, secrets: await this.keys.count(), at: this.clock.seconds() } as const;
    const { state, events, position } = await this.write.to(vaultCare, VAULT_STREAM, command, { actor, correlationId, tenant: DEFAULT_TENANT });
    return { rotationId: state.rotation!.rotationId, started: events.length > 0, position };
  }
}
