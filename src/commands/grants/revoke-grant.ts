import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Grant, grant } from '../../domain/grant/grant.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import type { CommandContext } from '../command-context.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';
import { Write } from '../write.js';

/** Ends one grant with everything issued under it. `onlyOf`: a user may end only what was given on their own authority. */
export class RevokeGrant extends Command<Position> {
  constructor(readonly grantId: string, readonly reason: string, readonly onlyOf: string | undefined, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(RevokeGrant)
export class RevokeGrantHandler implements ICommandHandler<RevokeGrant> {
  constructor(private readonly live: LiveState, private readonly write: Write) {}

  async execute({ grantId, reason, onlyOf, context }: RevokeGrant): Promise<Position> {
    const isTheirs = ({ state }: LiveEntry<Grant>): boolean => state.status !== 'none' && state.principal.id === onlyOf;
    if (onlyOf !== undefined && !isTheirs(await secondLook(this.live, () => this.live.entry(grant, streams.grant(grantId), context.tenant), isTheirs))) throw new Refusal('grant.unknown', 'There is no such grant.');
    return (await this.write.to(grant, streams.grant(grantId), { type: 'RevokeGrant', reason }, context)).position;
  }
}
