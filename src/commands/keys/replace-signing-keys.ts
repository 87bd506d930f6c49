import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { keySet } from '../../domain/key/key.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { RevokeSigningKey, RevokeSigningKeyHandler } from './revoke-signing-key.js';
import { RotateSigningKeys, RotateSigningKeysHandler } from './rotate-signing-keys.js';

/** Every key that the tenant has stops counting at once, with all tokens that it signed, and new ones take their place. */
export class ReplaceSigningKeys extends Command<void> {
  constructor(readonly reason: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ReplaceSigningKeys)
export class ReplaceSigningKeysHandler implements ICommandHandler<ReplaceSigningKeys> {
  constructor(
    private readonly live: LiveState,
    private readonly revoke: RevokeSigningKeyHandler,
    private readonly rotate: RotateSigningKeysHandler,
  ) {}

  async execute({ reason, context }: ReplaceSigningKeys): Promise<void> {
    const keys = async () => (await this.live.entry(keySet, streams.key(context.tenant), context.tenant)).state.keys;
    for (const { kid } of await keys()) {
      // Each round also removes what has run out and what an attempt before this one left revoked.
      if ((await keys()).some((key) => key.kid === kid)) await this.revoke.execute(new RevokeSigningKey(kid, reason, context));
    }
    // Also where the last attempt died with every key gone.
    await this.rotate.execute(new RotateSigningKeys(['ES256', 'RS256'], false, context));
  }
}
