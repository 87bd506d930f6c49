import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type ResourceRegistration, resource } from '../../domain/resource/resource.decider.js';
import type { CommandContext } from '../command-context.js';
import { canonicalResource, resourceIdOf } from '../derived-ids.js';
import { Write } from '../write.js';

export class RegisterResource extends Command<{ readonly resourceId: string; readonly position: Position }> {
  constructor(readonly registration: Omit<ResourceRegistration, 'resourceId'>, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(RegisterResource)
export class RegisterResourceHandler implements ICommandHandler<RegisterResource> {
  constructor(private readonly write: Write, private readonly crypto: Crypto) {}

  async execute({ registration, context }: RegisterResource): Promise<{ resourceId: string; position: Position }> {
    const uri = canonicalResource(registration.uri);
    const resourceId = resourceIdOf(this.crypto, context.tenant, uri);
    const command = { type: 'RegisterResource', registration: { ...registration, uri, resourceId } } as const;
    const { position } = await this.write.to(resource, streams.resource(resourceId), command, context);
    return { resourceId, position };
  }
}
