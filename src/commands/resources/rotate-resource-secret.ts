import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { resource } from '../../domain/resource/resource.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

/** A new secret with which the resource server may introspect its own tokens. It is shown once and stored as a digest. */
export class RotateResourceSecret extends Command<{ readonly secret: string; readonly position: Position }> {
  constructor(readonly resourceId: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(RotateResourceSecret)
export class RotateResourceSecretHandler implements ICommandHandler<RotateResourceSecret> {
  constructor(private readonly write: Write, private readonly crypto: Crypto) {}

  async execute({ resourceId, context }: RotateResourceSecret): Promise<{ secret: string; position: Position }> {
    const secret = this.crypto.randomSecret('rs_');
    const command = { type: 'RotateSecret', secretDigest: this.crypto.sha256(secret) } as const;
    const { position } = await this.write.to(resource, streams.resource(resourceId), command, context);
    return { secret, position };
  }
}
