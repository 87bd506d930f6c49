import { setTimeout } from 'node:timers';
import { LedgerUnavailable } from '../../domain/ports/ledger.js';

/** A call whose outcome nobody knows: no answer, or an error that does not say whether the server did it. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1_000;

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds));

/** 50 ms and then twice as much each time, up to a second, with jitter so that callers do not come back as one. */
export const pauseAfter = (failures: number): number =>
  Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);

/** Rejects with Unanswered when the call has not settled in time. The call itself can't be taken back. */
export const withinTime = async <T>(milliseconds: number, call: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unanswered(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
};

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
