import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { type ResourceCommand, resource } from '../../domain/resource/resource.decider.js';
import { agentOf } from '../agents/agent-of.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';

/** Scopes, tools, operator and withdrawal. */
export class ChangeResource extends Command<Position> {
  constructor(
    readonly resourceId: string,
    readonly change: Extract<ResourceCommand, { type: 'ChangeScopes' | 'MapTools' | 'NameOperator' | 'WithdrawResource' }>,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(ChangeResource)
export class ChangeResourceHandler implements ICommandHandler<ChangeResource> {
  constructor(private readonly live: LiveState, private readonly write: Write) {}

  async execute({ resourceId, change, context }: ChangeResource): Promise<Position> {
    if (change.type === 'NameOperator' && change.agentId !== undefined) await agentOf(this.live, context.tenant, change.agentId);
    return (await this.write.to(resource, streams.resource(resourceId), change, context)).position;
  }
}
