import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { policy } from '../../domain/policy/policy.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

/** A version begins to decide beside the active one, to no effect, or stops. */
export class ShadowPolicy extends Command<Position> {
  constructor(readonly version: number, readonly how: 'ShadowPolicy' | 'EndShadow', readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ShadowPolicy)
export class ShadowPolicyHandler implements ICommandHandler<ShadowPolicy> {
  constructor(private readonly write: Write) {}

  async execute({ version, how, context }: ShadowPolicy): Promise<Position> {
    return (await this.write.to(policy, streams.policy(context.tenant), { type: how, version }, context)).position;
  }
}
