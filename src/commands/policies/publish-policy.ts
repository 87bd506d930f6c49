import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { policy } from '../../domain/policy/policy.decider.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

export class PublishPolicy extends Command<{ readonly version: number; readonly digest: string; readonly position: Position }> {
  constructor(readonly document: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(PublishPolicy)
export class PublishPolicyHandler implements ICommandHandler<PublishPolicy> {
  constructor(private readonly write: Write, private readonly crypto: Crypto) {}

  async execute({ document, context }: PublishPolicy): Promise<{ version: number; digest: string; position: Position }> {
    const digest = this.crypto.sha256(document);
    const { state, position } = await this.write.to(policy, streams.policy(context.tenant), { type: 'PublishPolicy', document, digest }, context);
    return { version: Math.max(...state.versions.keys()), digest, position };
  }
}
