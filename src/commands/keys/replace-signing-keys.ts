import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { keySet } from '../../domain/key/key.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { KeyRing } from '../../domain/ports/key-ring.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { RotateSigningKeys, RotateSigningKeysHandler } from './rotate-signing-keys.js';

/** Every key that the tenant has stops counting at once, with all tokens that it signed, and new ones take their place. */
export class ReplaceSigningKeys extends Command<void> {
  constructor(readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ReplaceSigningKeys)
export class ReplaceSigningKeysHandler implements ICommandHandler<ReplaceSigningKeys> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly keyRing: KeyRing,
    private readonly rotate: RotateSigningKeysHandler,
  ) {}

  async execute({ context }: ReplaceSigningKeys): Promise<void> {
    const stream = streams.key(context.tenant);
    const { state } = await this.live.entry(keySet, stream, context.tenant);
    for (const { kid } of state.keys) {
      await this.write.to(keySet, stream, { type: 'DropKey', kid }, context);
      await this.keyRing.destroy(context.tenant, kid);
    }
    await this.rotate.execute(new RotateSigningKeys(['ES256', 'RS256'], true, context));
  }
}
