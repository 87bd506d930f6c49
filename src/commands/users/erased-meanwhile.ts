import { streams } from '../../domain/kernel/ids.js';
import { type User, user } from '../../domain/user/user.decider.js';
import type { LiveEntry } from '../live-entry.js';
import type { LiveState } from '../live-state.js';

const wasErased = (state: User): boolean => state.status !== 'unknown' && state.isErased;

/** What the ledger calls erased is not opened, whether its key is gone already or not. */
export const isErased = async (live: LiveState, tenant: string, userId: string): Promise<boolean> => wasErased((await live.entry(user, streams.user(userId), tenant)).state);

/**
 * For whoever has just put away something of a person: asks the ledger itself whether they were erased meanwhile, and calls
 * `undo` then. An erasure is recorded before it destroys anything, so either it is seen here, or it comes later and finds what
 * was put away. Says whether it was so.
 */
export const undoneIfErased = async (live: LiveState, { tenant, userId }: { readonly tenant: string; readonly userId: string }, undo: () => Promise<void>): Promise<boolean> => {
  const entry = await live.entry(user, streams.user(userId), tenant);
  await live.refresh(entry as LiveEntry, tenant);
  if (!wasErased(entry.state)) return false;
  await undo();
  return true;
};
