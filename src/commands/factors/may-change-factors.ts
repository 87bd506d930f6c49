import { Refusal } from '../../domain/kernel/refusal.js';
import { isMultiFactor } from '../../domain/user/authentication.js';
import type { KnownUser } from '../../domain/user/user.decider.js';
import type { Session } from '../sign-in/sessions.js';

/** Seconds for which a proof is fresh. */
const FRESH = 600;

/**
 * Who may change how a person proves who they are: the person, just now, with all they have. An open session that somebody sits
 * down at is not enough, nor is the password of somebody who has more than that (SU-04, AZ-10).
 */
export const mayChangeFactors = ({ factors }: Pick<KnownUser, 'factors'>, { provenAt, methods }: Session, now: number): boolean =>
  now - provenAt <= FRESH && (factors.enrolled.length === 0 || isMultiFactor(methods));

/** Throws Refusal. */
export const checkMayChangeFactors = (user: Pick<KnownUser, 'factors'>, session: Session, now: number): void => {
  if (!mayChangeFactors(user, session, now)) throw new Refusal('factor.not_recent', 'Confirm that it is you first, then try again.');
};
