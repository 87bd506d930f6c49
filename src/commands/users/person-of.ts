import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { type KnownUser, user } from '../../domain/user/user.decider.js';
import type { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';

/** Somebody who is known here. Throws Refusal. */
export const personOf = async (live: LiveState, tenant: string, userId: string): Promise<KnownUser> => {
  const { state } = await secondLook(live, () => live.entry(user, streams.user(userId), tenant), (found) => found.state.status !== 'unknown');
  if (state.status === 'unknown') throw new Refusal('user.unknown', 'There is no such user.');
  return state;
};
