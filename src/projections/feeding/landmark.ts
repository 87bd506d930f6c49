import { type Position, type RecordedEvent, isAfter } from '../../domain/kernel/event.js';
import { type Ledger, LedgerUnavailable } from '../../domain/ports/ledger.js';

/**
 * "Behind this place comes this event": by that a ledger is known again. One that was restored from a backup and has grown
 * since, or that was copied into another store, has the same beginning, and its places may even be as many.
 */
export const landmarkIn = (events: readonly RecordedEvent[], before: Position): string | undefined => {
  const last = events.findLast(({ position }) => isAfter(position, before));
  if (!last) return undefined;
  const previous = events.at(events.indexOf(last) - 1);
  const after = previous && previous !== last && isAfter(previous.position, before) ? previous.position : before;
  return `${after} ${last.id}`;
};

/** False when the ledger has something else there, or no such place. Rejects with LedgerUnavailable when it can't be asked. */
export const hasLandmark = async (ledger: Ledger, landmark: string): Promise<boolean> => {
  const [after = '', id] = landmark.split(' ');
  if (id === undefined) return true;
  try {
    const { events: [next] } = await ledger.readAll(after, 1);
    return next?.id === id;
  } catch (error) {
    if (error instanceof LedgerUnavailable) throw error;
    // A place of another store is none of this one's. What can't be read stops the reader that comes to it, and says why.
    return !(error instanceof TypeError);
  }
};
