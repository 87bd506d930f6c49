import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { deployment } from '../../domain/deployment/deployment.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import type { CommandContext } from '../command-context.js';
import { DEFAULT_TENANT } from '../tenants/tenant-directory.js';
import { Write } from '../write.js';
import { DEPLOYMENT_STREAM } from './deployment-state.js';

/** Somebody answers for it that nothing dangerous is forgotten any more. Changes nothing when there is no quarantine. */
export class EndQuarantine extends Command<{ readonly position: Position; readonly ended: boolean }> {
  constructor(readonly reason: string, readonly context: Omit<CommandContext, 'tenant'>) {
    super();
  }
}

@CommandHandler(EndQuarantine)
export class EndQuarantineHandler implements ICommandHandler<EndQuarantine> {
  constructor(private readonly write: Write) {}

  async execute({ reason, context: { actor, correlationId } }: EndQuarantine): Promise<{ position: Position; ended: boolean }> {
    const context = { actor, correlationId, tenant: DEFAULT_TENANT };
    const { position, events } = await this.write.to(deployment, DEPLOYMENT_STREAM, { type: 'EndQuarantine', reason }, context);
    return { position, ended: events.length > 0 };
  }
}
