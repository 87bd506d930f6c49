import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { policy } from '../../domain/policy/policy.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

/** A published version begins to decide. Going back to an earlier one is recorded as a roll-back. */
export class ActivatePolicy extends Command<Position> {
  constructor(readonly version: number, readonly how: 'ActivatePolicy' | 'RollBackPolicy', readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ActivatePolicy)
export class ActivatePolicyHandler implements ICommandHandler<ActivatePolicy> {
  constructor(private readonly write: Write) {}

  async execute({ version, how, context }: ActivatePolicy): Promise<Position> {
    return (await this.write.to(policy, streams.policy(context.tenant), { type: how, version }, context)).position;
  }
}
