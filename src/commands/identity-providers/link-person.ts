import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { reservation } from '../../domain/reservation/reservation.decider.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { checkMayChangeFactors } from '../factors/may-change-factors.js';
import { personOf } from '../users/person-of.js';
import type { Session } from '../sign-in/sessions.js';
import { Write } from '../write.js';
import type { ReadAnswer } from './read-answer.js';
import { UpstreamIdentities } from './upstream-identities.js';

/** Adds an account at a provider as a way in to the account of whoever is signed in, began it, and has just proven who they are. */
@Injectable()
export class LinkPerson {
  constructor(private readonly write: Write, private readonly live: LiveState, private readonly identities: UpstreamIdentities, private readonly clock: Clock) {}

  /** Before a person is sent away, and again when they come back, for the moment at which it began. Throws Refusal. */
  async checkFresh(tenant: string, session: Session, at = this.clock.seconds()): Promise<void> {
    checkMayChangeFactors(await personOf(this.live, tenant, session.userId), session, at);
  }

  async to({ trip, provider, identity: { issuer, subject } }: ReadAnswer, session: Session | undefined, context: CommandContext): Promise<void> {
    if (!session || session.userId !== trip.link?.userId || session.digest !== trip.link.sessionDigest) throw new Refusal('link.session_mismatch', 'It was begun in another session.');
    await this.checkFresh(context.tenant, session, trip.begunAt);
    const { userId } = session;
    const identity = this.identities.digestOf(context.tenant, issuer, subject);
    const asPerson: CommandContext = { ...context, actor: { kind: 'user', id: userId } };
    try {
      await this.write.to(reservation, this.identities.streamOf(identity), { type: 'ReserveName', kind: 'identity', holder: userId }, asPerson);
    } catch (error) {
      throw error instanceof Refusal && error.code === 'reservation.taken' ? new Refusal('link.taken', 'It opens another account here, or did so once.') : error;
    }
    await this.write.to(user, streams.user(userId), { type: 'LinkIdentity', from: { providerId: provider.providerId, issuer, identity } }, asPerson);
  }
}
