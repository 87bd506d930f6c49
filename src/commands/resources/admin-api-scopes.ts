import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { resource } from '../../domain/resource/resource.decider.js';
import type { CommandContext } from '../command-context.js';
import { resourceIdOf } from '../derived-ids.js';
import { LiveState } from '../live-state.js';
import { ADMIN_SCOPES, adminApiUri } from './admin-api.js';
import { ChangeResource, ChangeResourceHandler } from './change-resource.js';

/** The admin API of a ledger that an earlier version began lacks what has come since. */
@Injectable()
export class AdminApiScopes {
  constructor(private readonly live: LiveState, private readonly crypto: Crypto, private readonly change: ChangeResourceHandler) {}

  /** Adds the scopes that are missing and gives their names; the second time there are none. */
  async bringUpToDate(issuer: string, context: CommandContext): Promise<readonly string[]> {
    const resourceId = resourceIdOf(this.crypto, context.tenant, adminApiUri(issuer));
    const { state } = await this.live.entry(resource, streams.resource(resourceId), context.tenant);
    if (state.status !== 'active') return [];
    const missing = ADMIN_SCOPES.filter(({ name }) => !state.scopes.some((scope) => scope.name === name));
    if (missing.length === 0) return [];
    const change = { type: 'ChangeScopes', scopes: [...state.scopes, ...missing], defaultScopes: state.defaultScopes } as const;
    await this.change.execute(new ChangeResource(resourceId, change, context));
    return missing.map(({ name }) => name);
  }
}
