import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import { resource } from '../../domain/resource/resource.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { RotateResourceSecret, RotateResourceSecretHandler } from './rotate-resource-secret.js';

/** The secret of a resource server that the hub itself runs: kept in the vault, so that a restart needs no new one. */
@Injectable()
export class ResourceCredentials {
  constructor(
    private readonly live: LiveState,
    private readonly rotate: RotateResourceSecretHandler,
    private readonly secrets: SecretStore,
    private readonly crypto: Crypto,
  ) {}

  async of(resourceId: string, context: CommandContext): Promise<{ readonly clientId: string; readonly clientSecret: string }> {
    const stored = await this.secrets.get(context.tenant, 'resource-secret', resourceId);
    const known = stored && new TextDecoder().decode(stored);
    const { state } = await this.live.entry(resource, streams.resource(resourceId), context.tenant);
    const holds = known !== undefined && state.status === 'active' && state.secretDigest === this.crypto.sha256(known);
    return { clientId: resourceId, clientSecret: holds ? known : await this.renew(resourceId, context) };
  }

  private async renew(resourceId: string, context: CommandContext): Promise<string> {
    const { secret } = await this.rotate.execute(new RotateResourceSecret(resourceId, context));
    await this.secrets.put(context.tenant, 'resource-secret', { name: resourceId, value: new TextEncoder().encode(secret) });
    return secret;
  }
}
