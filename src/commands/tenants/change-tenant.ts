import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { type TenantCommand, tenant } from '../../domain/tenant/tenant.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

/** Registration rules, default resource, suspension. */
export class ChangeTenant extends Command<Position> {
  constructor(readonly change: Exclude<TenantCommand, { type: 'CreateTenant' }>, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ChangeTenant)
export class ChangeTenantHandler implements ICommandHandler<ChangeTenant> {
  constructor(private readonly write: Write) {}

  async execute({ change, context }: ChangeTenant): Promise<Position> {
    return (await this.write.to(tenant, streams.tenant(context.tenant), change, context)).position;
  }
}
