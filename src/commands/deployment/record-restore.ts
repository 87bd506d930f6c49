import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Restore, deployment } from '../../domain/deployment/deployment.decider.js';
import { START } from '../../domain/kernel/event.js';
import { Ledger } from '../../domain/ports/ledger.js';
import type { CommandContext } from '../command-context.js';
import { ReplaceSigningKeys, ReplaceSigningKeysHandler } from '../keys/replace-signing-keys.js';
import { DEFAULT_TENANT } from '../tenants/tenant-directory.js';
import { Write } from '../write.js';
import { DEPLOYMENT_STREAM } from './deployment-state.js';

/** The ledger that the hub uses is not the one that was restored. */
export class NotTheRestoredLedger extends Error {
  override readonly name = 'NotTheRestoredLedger';
}

/**
 * Before anything else happens on a restored deployment. What was forgotten may have been a suspension, a revocation, or
 * that a key had leaked; so unless somebody vouched for it, everything that was handed out before ends here: codes and
 * refresh tokens by the new era, access tokens by new signing keys. Doing it again changes nothing for the worse.
 */
export class RecordRestore extends Command<void> {
  constructor(readonly restore: Restore & { readonly firstEventId: string | undefined }, readonly context: Omit<CommandContext, 'tenant'>) {
    super();
  }
}

const PAGE = 1_000;

@CommandHandler(RecordRestore)
export class RecordRestoreHandler implements ICommandHandler<RecordRestore> {
  constructor(private readonly ledger: Ledger, private readonly write: Write, private readonly keys: ReplaceSigningKeysHandler) {}

  async execute({ restore: { firstEventId, ...restore }, context }: RecordRestore): Promise<void> {
    const { events: [first] } = await this.ledger.readAll(START, 1);
    if (first?.id !== firstEventId)
      throw new NotTheRestoredLedger('A backup was restored here, but the ledger that the hub is told to use is another one. Copy the restored ledger there (mandate ledger copy), or start the hub on it.');
    await this.write.to(deployment, DEPLOYMENT_STREAM, { type: 'RecordRestore', restore }, { ...context, tenant: DEFAULT_TENANT });
    if (restore.sessions === 'kept') return;
    for (const tenant of await this.tenants()) await this.keys.execute(new ReplaceSigningKeys('A backup was restored.', { ...context, tenant }));
  }

  /** From the ledger itself: read models are not there yet. */
  private async tenants(): Promise<readonly string[]> {
    const tenants: string[] = [];
    for (let after = START; ;) {
      const { events, next, atEnd } = await this.ledger.readAll(after, PAGE, { streamPrefixes: ['tenant-'] });
      for (const { type, tenant } of events) if (type === 'TenantCreated') tenants.push(tenant);
      if (atEnd) return tenants;
      after = next;
    }
  }
}
