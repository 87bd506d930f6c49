/** A handler that counts its calls; waiting for them needs no clock. */
export const recorder = (perform: (call: number) => unknown = () => undefined) => {
  let calls = 0;
  let changed = (): void => undefined;
  const handler = async (): Promise<void> => {
    calls += 1;
    changed();
    await perform(calls);
  };
  const reached = async (count: number): Promise<number> => {
    while (calls < count) await new Promise<void>((resolve) => (changed = resolve));
    return calls;
  };
  return { calls: () => calls, handler, reached };
};

/** A promise that is settled from outside. */
export const gate = () => {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
};
