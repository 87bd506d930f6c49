import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type ResourceRegistration, resource } from '../../domain/resource/resource.decider.js';
import type { CommandContext } from '../command-context.js';
import { resourceIdOf } from '../derived-ids.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';

/** What the hub itself offers is registered like any other resource, and a newer hub may offer more. */
@Injectable()
export class OwnResources {
  constructor(private readonly live: LiveState, private readonly write: Write, private readonly crypto: Crypto) {}

  /** Registers it, or gives it the scopes that it has by now. One that was withdrawn stays withdrawn. */
  async ensure(own: Omit<ResourceRegistration, 'resourceId'>, context: CommandContext): Promise<void> {
    const resourceId = resourceIdOf(this.crypto, context.tenant, own.uri);
    const stream = streams.resource(resourceId);
    const { state } = await this.live.entry(resource, stream, context.tenant);
    if (state.status === 'unknown') return void (await this.write.to(resource, stream, { type: 'RegisterResource', registration: { ...own, resourceId } }, context));
    if (state.status !== 'active') return;
    const known = state.scopes.map(({ name }) => name);
    const added = own.scopes.filter(({ name }) => !known.includes(name));
    if (added.length > 0) await this.write.to(resource, stream, { type: 'ChangeScopes', scopes: [...state.scopes, ...added], defaultScopes: state.defaultScopes }, context);
  }
}
