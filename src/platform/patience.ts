import { setTimeout } from 'node:timers';
import { setTimeout as pause } from 'node:timers/promises';
import { LedgerUnavailable } from '../domain/ports/ledger.js';

/** A call whose outcome nobody knows: no answer, or an error that does not say whether the server did it. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1_000;

/** 50 ms and then twice as much each time, up to a second, with jitter so that callers do not come back as one. */
export const pauseAfter = (failures: number): number =>
  Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);

/** What `done` gives, or a rejection with `late` when it takes longer: it can't be taken back, and what it does then is of no interest. */
export const within = async <T>(milliseconds: number, done: Promise<T>, late: (message: string) => Error = (message) => new Error(message)): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([done, tooLate]);
  } finally {
    clearTimeout(timer);
  }
};

/** Rejects with Unanswered when the call has not settled in time. */
export const withinTime = <T>(milliseconds: number, call: Promise<T>): Promise<T> => within(milliseconds, call, (message) => new Unanswered(message));

/** Repeats the very same call until its outcome is known; LedgerUnavailable when patience (milliseconds) ends first. */
export const untilAnswered = async <T>(patience: number, call: () => Promise<T>): Promise<T> => {
  const end = performance.now() + patience;
  for (let failures = 0; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      const wait = pauseAfter(failures);
      if (performance.now() + wait > end)
        throw new LedgerUnavailable(`the event store does not answer: ${error.message}`, { cause: error });
      await pause(wait);
    }
  }
};
