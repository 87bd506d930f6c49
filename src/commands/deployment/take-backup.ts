import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { deployment } from '../../domain/deployment/deployment.decider.js';
import { ID_PREFIX } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { type Backup, Backups } from '../../domain/ports/backups.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { CommandContext } from '../command-context.js';
import { DEFAULT_TENANT } from '../tenants/tenant-directory.js';
import { Write } from '../write.js';
import { DEPLOYMENT_STREAM } from './deployment-state.js';

export interface RunningBackup {
  readonly backupId: string;
  /** Some lines at a time; the last of them comes when the backup is recorded as taken. */
  readonly lines: AsyncGenerator<readonly string[]>;
}

/** Everything that the deployment knows, sealed secrets included, for whoever may have it. Only of the default tenant. */
export class TakeBackup extends Command<RunningBackup> {
  constructor(
    readonly asked: { readonly withMasterKey: boolean; readonly network?: string },
    readonly context: Omit<CommandContext, 'tenant'>,
  ) {
    super();
  }
}

/** A loud act: it is recorded before anything leaves, and once more, with digests, before the line that makes it whole does. */
@CommandHandler(TakeBackup)
export class TakeBackupHandler implements ICommandHandler<TakeBackup> {
  private running = false;

  constructor(private readonly backups: Backups, private readonly write: Write, private readonly crypto: Crypto) {}

  async execute({ asked, context: { actor, correlationId } }: TakeBackup): Promise<RunningBackup> {
    if (this.running) throw new Refusal('backup.running', 'A backup is being taken already. Wait until it has ended.');
    this.running = true;
    try {
      const context = { actor, correlationId, tenant: DEFAULT_TENANT };
      const backupId = this.crypto.randomId(ID_PREFIX.backup);
      await this.write.to(deployment, DEPLOYMENT_STREAM, { type: 'StartBackup', backup: { backupId, ...asked } }, context);
      const lines = this.recorded(backupId, await this.backups.begin(backupId), context);
      // Begun here: whoever lets go of it without reading lets the next one begin.
      await lines.next();
      return { backupId, lines };
    } catch (error) {
      this.running = false;
      throw error;
    }
  }

  private async *recorded(backupId: string, backup: Backup, context: CommandContext): AsyncGenerator<readonly string[]> {
    try {
      yield [];
      yield* backup.lines();
      const taken = { backupId, through: backup.through, ...backup.content() };
      await this.write.to(deployment, DEPLOYMENT_STREAM, { type: 'CompleteBackup', backup: taken }, context);
      yield [backup.end()];
    } finally {
      this.running = false;
    }
  }
}
