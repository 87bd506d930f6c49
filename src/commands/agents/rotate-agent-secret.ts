import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { agent } from '../../domain/agent/agent.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

/** A new client secret, shown once. The old one works for `overlap` seconds more, so that a roll-out does not break. */
export class RotateAgentSecret extends Command<{ readonly clientSecret: string; readonly position: Position }> {
  constructor(readonly agentId: string, readonly overlap: number, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(RotateAgentSecret)
export class RotateAgentSecretHandler implements ICommandHandler<RotateAgentSecret> {
  constructor(private readonly write: Write, private readonly crypto: Crypto, private readonly clock: Clock) {}

  async execute({ agentId, overlap, context }: RotateAgentSecret): Promise<{ clientSecret: string; position: Position }> {
    const clientSecret = this.crypto.randomSecret('cs_');
    const command = { type: 'RotateSecret', secretDigest: this.crypto.sha256(clientSecret), previousUntil: this.clock.seconds() + overlap } as const;
    const { position } = await this.write.to(agent, streams.agent(agentId), command, context);
    return { clientSecret, position };
  }
}
