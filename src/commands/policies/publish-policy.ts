import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { checkConditions } from '../../domain/policy/compiled-policy.js';
import { LANGUAGE, readPolicyDocument } from '../../domain/policy/policy-document.js';
import { policy } from '../../domain/policy/policy.decider.js';
import { Conditions } from '../../domain/ports/conditions.js';
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
  constructor(private readonly write: Write, private readonly crypto: Crypto, private readonly conditions: Conditions) {}

  async execute({ document, context }: PublishPolicy): Promise<{ version: number; digest: string; position: Position }> {
    checkConditions(readPolicyDocument(document, LANGUAGE), this.conditions);
    const digest = this.crypto.sha256(document);
    const { state, position } = await this.write.to(policy, streams.policy(context.tenant), { type: 'PublishPolicy', document, digest }, context);
    return { version: Math.max(...state.versions.keys()), digest, position };
  }
}
