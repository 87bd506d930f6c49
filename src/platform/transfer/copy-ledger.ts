import { setTimeout as pause } from 'node:timers/promises';
import { type Position, START } from '../../domain/kernel/event.js';
import { type KeptEvent, type KeptLog, LinesDigest, keptEvents, lineOf } from '../ledger/kept-log.js';
import { pauseAfter } from '../patience.js';
import { type LedgerTarget, NotACopy, Unsettled } from './ledger-target.js';

export interface CopyProgress {
  /** Events that stood in the target when the copy began. */
  found(events: number): void;
  copied(events: number): void;
  compared(events: number): void;
}
export interface CopyReport {
  readonly events: number;
  /** Written just now; the others were there from an earlier run. */
  readonly written: number;
  readonly streams: number;
  readonly digest: string;
}

/** Up to where both are the same. */
interface Place {
  readonly source: Position;
  readonly target: Position;
  readonly events: number;
}

const BATCH = 2_000;
const MOST_FAILURES = 20;

/**
 * Makes the target hold what the source holds: the same events with the same ids, streams, revisions, times and data in
 * the same order. It can be stopped at any moment and begun again: what the target holds is compared first, and what is
 * missing is written behind it. In the end both are read once more from the beginning. Rejects with NotACopy when the
 * target holds anything else.
 */
export const copyLedger = async (source: KeptLog, target: LedgerTarget, told: CopyProgress): Promise<CopyReport> => {
  let place = await follow(source, target, { source: START, target: START, events: 0 });
  told.found(place.events);
  const before = place.events;
  for (let failures = 0; ;) {
    const { events, next, atEnd } = await source.readKept(place.source, BATCH);
    try {
      const end = events.length > 0 ? await target.write(events) : place.target;
      place = { source: next, target: end, events: place.events + events.length };
      failures = 0;
    } catch (error) {
      if (!(error instanceof Unsettled) || failures === MOST_FAILURES) throw error;
      failures += 1;
      await pause(pauseAfter(failures));
      place = await follow(source, target, place);
      continue;
    }
    told.copied(place.events);
    if (atEnd) break;
  }
  return { ...(await compareLedgers(source, target, told.compared)), written: place.events - before };
};

/** Walks over what the target holds behind `place`; all of it has to be what the source holds there. */
const follow = async (source: KeptLog, target: KeptLog, place: Place): Promise<Place> => {
  const originals = keptEvents(source, place.source);
  let at = place;
  for await (const copy of keptEvents(target, place.target)) {
    const { value: original } = await originals.next();
    const difference = differenceOf(original, copy);
    if (difference !== undefined)
      throw new NotACopy(`The target holds something else than the ledger that is to be copied: ${difference}. Copy into an empty one.`);
    at = { source: (original as KeptEvent).position, target: copy.position, events: at.events + 1 };
  }
  await originals.return(undefined);
  return at;
};

/** Reads both from the beginning to the end. Rejects with NotACopy at the first difference. */
const compareLedgers = async (source: KeptLog, target: KeptLog, seen: (events: number) => void): Promise<Omit<CopyReport, 'written'>> => {
  const copies = keptEvents(target, START);
  const streams = new Set<string>();
  const digest = new LinesDigest();
  for await (const original of keptEvents(source, START)) {
    const { value: copy } = await copies.next();
    const difference = differenceOf(original, copy);
    if (difference !== undefined) throw new NotACopy(`The two ledgers differ: ${difference}.`);
    streams.add(original.stream);
    digest.add(lineOf(original));
    if (digest.lines % 1_000 === 0) seen(digest.lines);
  }
  const { value: more } = await copies.next();
  if (more) throw new NotACopy(`The two ledgers differ: the copy goes on with ${more.type} ${more.id} where the original ends.`);
  seen(digest.lines);
  return { events: digest.lines, streams: streams.size, digest: digest.value() };
};

const differenceOf = (original: KeptEvent | void, copy: KeptEvent | void): string | undefined => {
  if (!original || !copy) {
    const [there, missing] = original ? [original, 'copy'] : [copy as KeptEvent, 'original'];
    return original ?? copy ? `${there.type} ${there.id} at ${there.position} is not in the ${missing}` : undefined;
  }
  return lineOf(original) === lineOf(copy) ? undefined : `${copy.type} ${copy.id} at ${copy.position} stands where ${original.type} ${original.id} does`;
};
