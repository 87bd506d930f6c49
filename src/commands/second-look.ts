import type { LiveState } from './live-state.js';
import { type Soon, whenHere } from './soon.js';

/**
 * What `look` finds, for whoever says no unless it suffices: before that the node applies what stands in the ledger by now and
 * looks again, since another node may just have made it. Rejects with LedgerUnavailable where that can't be had.
 */
export const secondLook = <T>(live: Pick<LiveState, 'catchUp'>, look: () => Soon<T>, suffices: (found: T) => boolean): Soon<T> =>
  whenHere(look(), (found) => (suffices(found) ? found : live.catchUp().then(look)));
