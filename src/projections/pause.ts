/** Resolves after so many milliseconds, or as soon as `ended` is aborted. */
export const pause = (milliseconds: number, ended?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      ended?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ended?.aborted ? 0 : milliseconds);
    ended?.addEventListener('abort', done);
  });
