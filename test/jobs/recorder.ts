import type { JobPayload } from '../../src/domain/ports/jobs.js';

/** A handler that remembers its calls; waiting for them needs no clock. */
export const recorder = (perform: (payload: JobPayload, call: number) => unknown = () => undefined) => {
  const calls: JobPayload[] = [];
  let changed = (): void => undefined;
  const handler = async (payload: JobPayload): Promise<void> => {
    calls.push(payload);
    changed();
    await perform(payload, calls.length);
  };
  const reached = async (count: number): Promise<readonly JobPayload[]> => {
    while (calls.length < count) await new Promise<void>((resolve) => (changed = resolve));
    return [...calls];
  };
  return { calls, handler, reached };
};

/** A promise that is settled from outside. */
export const gate = () => {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
};
