import { streams } from '../../domain/kernel/ids.js';
import { user } from '../../domain/user/user.decider.js';
import type { LiveEntry } from '../live-entry.js';
import type { LiveState } from '../live-state.js';

/**
 * For whoever has just put away something of a person: asks the ledger itself whether they were erased meanwhile, and calls
 * `undo` then. An erasure is recorded before it destroys anything, so either it is seen here, or it comes later and finds what
 * was put away. Says whether it was so.
 */
export const undoneIfErased = async (live: LiveState, { tenant, userId }: { readonly tenant: string; readonly userId: string }, undo: () => Promise<void>): Promise<boolean> => {
  const entry = await live.entry(user, streams.user(userId), tenant);
  await live.refresh(entry as LiveEntry, tenant);
  if (entry.state.status === 'unknown' || !entry.state.isErased) return false;
  await undo();
  return true;
};
