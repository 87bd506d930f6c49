import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RevokeSigningKey } from '../../../commands/keys/revoke-signing-key.js';
import { RotateSigningKeys } from '../../../commands/keys/rotate-signing-keys.js';
import { LiveState } from '../../../commands/live-state.js';
import { keySet } from '../../../domain/key/key.decider.js';
import { streams } from '../../../domain/kernel/ids.js';
import type { AnswerOf, CallOf } from '../endpoint.js';
import { On } from '../on.js';
import { keyEndpoints as endpoints } from './keys.endpoints.js';

type Keys = AnswerOf<typeof endpoints.list>;

@Controller()
export class KeysController {
  constructor(private readonly bus: CommandBus, private readonly live: LiveState) {}

  @On(endpoints.list)
  list({ tenant }: CallOf<typeof endpoints.list>): Promise<Keys> {
    return this.keys(tenant.id);
  }

  @On(endpoints.rotate)
  async rotate(call: CallOf<typeof endpoints.rotate>): Promise<Keys> {
    await this.bus.execute(new RotateSigningKeys([...new Set(call.body.algorithms)], true, call.context));
    call.wrote((await this.entry(call.tenant.id)).position);
    return this.keys(call.tenant.id);
  }

  @On(endpoints.revoke)
  async revoke(call: CallOf<typeof endpoints.revoke>): Promise<Keys> {
    call.wrote(await this.bus.execute(new RevokeSigningKey(call.parameters.kid, call.body.reason, call.context)));
    return this.keys(call.tenant.id);
  }

  private async keys(tenant: string): Promise<Keys> {
    const { state } = await this.entry(tenant);
    const items = state.keys.map(({ kid, alg, status, activeSince, publishedUntil, jwk }) => ({
      kid, alg, status,
      ...(activeSince === undefined ? {} : { active_since: activeSince }),
      ...(publishedUntil === undefined ? {} : { published_until: publishedUntil }),
      jwk: JSON.parse(jwk) as Record<string, unknown>,
    }));
    return { items, next: null };
  }

  private entry(tenant: string) {
    return this.live.entry(keySet, streams.key(tenant), tenant);
  }
}
