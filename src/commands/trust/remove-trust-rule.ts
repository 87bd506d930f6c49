import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { trust } from '../../domain/trust/trust.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

/** From here on nothing is issued on the rule, and what was issued on it counts no more. */
export class RemoveTrustRule extends Command<Position> {
  constructor(readonly ruleId: string, readonly reason: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(RemoveTrustRule)
export class RemoveTrustRuleHandler implements ICommandHandler<RemoveTrustRule> {
  constructor(private readonly write: Write) {}

  async execute({ ruleId, reason, context }: RemoveTrustRule): Promise<Position> {
    return (await this.write.to(trust, streams.trust(context.tenant), { type: 'RemoveTrustRule', ruleId, reason }, context)).position;
  }
}
