import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { checkMayChangeFactors } from '../factors/may-change-factors.js';
import { personOf } from '../users/person-of.js';
import { type Session, Sessions } from '../sign-in/sessions.js';
import { Write } from '../write.js';

/** The person takes an account at a provider off their own; what came by it is signed out. Throws Refusal. */
export class UnlinkIdentity extends Command<void> {
  constructor(readonly session: Session, readonly identity: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(UnlinkIdentity)
export class UnlinkIdentityHandler implements ICommandHandler<UnlinkIdentity> {
  constructor(private readonly write: Write, private readonly live: LiveState, private readonly sessions: Sessions, private readonly clock: Clock) {}

  async execute({ session, identity, context }: UnlinkIdentity): Promise<void> {
    const { userId } = session;
    const person = await personOf(this.live, context.tenant, userId);
    checkMayChangeFactors(person, session, this.clock.seconds());
    const { events } = await this.write.to(user, streams.user(userId), { type: 'UnlinkIdentity', identity }, context);
    // They count no more from here on; what is left is to forget their secrets.
    for (const { type, data } of events) if (type === 'UserSignedOut') await this.sessions.end(context.tenant, { userId, digest: data.sessionDigest });
  }
}
