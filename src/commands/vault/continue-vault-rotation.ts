import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { credential } from '../../domain/credential/credential.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { VaultKeys } from '../../domain/ports/vault-keys.js';
import { type Rotation, type Step, type VaultCommand, nextStep, vaultCare } from '../../domain/vault/vault.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { DEFAULT_TENANT } from '../tenants/tenant-directory.js';
import { Write } from '../write.js';
import { VAULT_STREAM } from './rotate-vault-keys.js';

/** One event tells of this many. */
const BATCH = 500;

/**
 * Does what is left of a rotation, if there is one. Whatever a crash leaves undone is done by doing it again, from the last
 * recorded place on; two nodes at it do some things twice and nothing wrong.
 */
export class ContinueVaultRotation extends Command<void> {
  constructor(readonly context: Omit<CommandContext, 'tenant'>) {
    super();
  }
}

@CommandHandler(ContinueVaultRotation)
export class ContinueVaultRotationHandler implements ICommandHandler<ContinueVaultRotation> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly keys: VaultKeys,
    private readonly clock: Clock,
  ) {}

  async execute({ context: { actor, correlationId } }: ContinueVaultRotation): Promise<void> {
    const context = { actor, correlationId, tenant: DEFAULT_TENANT };
    for (;;) {
      const { state } = await this.live.entry(vaultCare, VAULT_STREAM, DEFAULT_TENANT);
      const step = nextStep(state, this.clock.seconds());
      if (step.do === 'nothing') return;
      await this.write.to(vaultCare, VAULT_STREAM, await this.take(step, state.rotation!), context);
    }
  }

  /** What the hub proves itself with stands under the connection's own id. */
  private async connectionOf(tenant: string, credentialId: string): Promise<string> {
    const { state } = await this.live.entry(credential, streams.credential(credentialId), tenant);
    return state.status === 'none' ? credentialId : state.connectionId;
  }

  /** Takes the step and gives what is to be recorded of it. */
  private async take(step: Exclude<Step, { do: 'nothing' }>, { rotationId }: Rotation): Promise<VaultCommand> {
    switch (step.do) {
      case 'activate':
        return { type: 'ActivateKey', rotationId, at: this.clock.seconds(), ...(await this.keys.turn(rotationId)) };
      case 'look': {
        const { next, ...batch } = await this.keys.rewrap(step.after, BATCH, (tenant, credentialId) => this.connectionOf(tenant, credentialId));
        return { type: 'RecordBatch', rotationId, round: step.round, after: step.after, batch: { ...batch, through: next } };
      }
      case 'retire':
        // Destroyed first: the ledger must not say of a key that it is gone while it is not.
        await this.keys.retire(step.keyId);
        return { type: 'RetireKey', rotationId, keyId: step.keyId };
      case 'finish':
        return { type: 'FinishRotation', rotationId };
    }
  }
}
