import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { keySet } from '../../domain/key/key.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { SecretsUnavailable } from '../../domain/ports/secret-store.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { RotateSigningKeys, RotateSigningKeysHandler } from './rotate-signing-keys.js';

/**
 * Somebody else may have a key (KM-02): from the event on nothing that it signed counts, and it is published no longer. Its
 * private half is destroyed after that, and the ledger says so when it is. Doing it again finishes what was left half done.
 */
export class RevokeSigningKey extends Command<Position> {
  constructor(readonly kid: string, readonly reason: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(RevokeSigningKey)
export class RevokeSigningKeyHandler implements ICommandHandler<RevokeSigningKey> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly rotate: RotateSigningKeysHandler,
    private readonly clock: Clock,
  ) {}

  async execute({ kid, reason, context }: RevokeSigningKey): Promise<Position> {
    const stream = streams.key(context.tenant);
    const { state } = await this.live.entry(keySet, stream, context.tenant);
    const key = state.keys.find((one) => one.kid === kid);
    // A vault that is away is no reason to let a stolen key count; there is none that signs then, until it is back.
    if (key?.status === 'active') await this.rotate.prepareNext(key.alg, context).catch(unlessAway);
    const { position } = await this.write.to(keySet, stream, { type: 'RevokeKey', kid, reason, now: this.clock.seconds() }, context);
    await this.rotate.execute(new RotateSigningKeys(['ES256', 'RS256'], false, context));
    return position;
  }
}

const unlessAway = (error: unknown): void => {
  if (!(error instanceof SecretsUnavailable)) throw error;
};
