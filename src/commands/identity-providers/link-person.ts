import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { reservation } from '../../domain/reservation/reservation.decider.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import type { Session } from '../users/sessions.js';
import { Write } from '../write.js';
import type { ReadAnswer } from './read-answer.js';
import { UpstreamIdentities } from './upstream-identities.js';

/** Seconds that a sign-in may be old for somebody to add another way in to their account. */
export const LINK_FRESHNESS = 300;

/** Adds an account at a provider as a way in to the account of whoever is signed in, began it, and has just proven who they are. */
@Injectable()
export class LinkPerson {
  constructor(private readonly write: Write, private readonly identities: UpstreamIdentities, private readonly clock: Clock) {}

  async to({ trip, provider, identity: { issuer, subject } }: ReadAnswer, session: Session | undefined, context: CommandContext): Promise<void> {
    if (!session || session.userId !== trip.link?.userId || session.digest !== trip.link.sessionDigest) throw new Refusal('link.session_mismatch', 'It was begun in another session.');
    checkFresh(session, this.clock.seconds(), trip.begunAt);
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

/** Throws Refusal unless the sign-in is fresh: when it began, and a person may take their time at the provider. */
export const checkFresh = ({ provenAt }: Session, now: number, begunAt = now): void => {
  if (begunAt - provenAt > LINK_FRESHNESS || now - begunAt > 900) throw new Refusal('link.not_fresh', 'To add a way in, sign in again first.');
};
