import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { grant } from '../../domain/grant/grant.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

export class NarrowGrant extends Command<Position> {
  constructor(readonly grantId: string, readonly scopes: readonly string[], readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(NarrowGrant)
export class NarrowGrantHandler implements ICommandHandler<NarrowGrant> {
  constructor(private readonly write: Write) {}

  async execute({ grantId, scopes, context }: NarrowGrant): Promise<Position> {
    return (await this.write.to(grant, streams.grant(grantId), { type: 'NarrowGrant', scopes }, context)).position;
  }
}
