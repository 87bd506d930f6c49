export interface Trust {
  readonly stillTrusted: () => Promise<boolean>;
  readonly everyMs: number;
}

/** Runs `end` once trust is gone, at most once; the returned function stops watching. Doesn't keep the process alive. */
export const watchTrust = ({ stillTrusted, everyMs }: Trust, end: () => void): (() => void) => {
  let asking = false;
  let over = false;
  const stop = (): void => {
    over = true;
    clearInterval(timer);
  };
  const ask = async (): Promise<void> => {
    // A slow answer must not pile up questions, and one that arrives after the end must not end again.
    if (asking || over) return;
    asking = true;
    const trusted = await stillTrusted();
    asking = false;
    if (trusted || over) return;
    stop();
    end();
  };
  const timer = setInterval(() => void ask(), everyMs);
  (timer as { unref?: () => void }).unref?.();
  return stop;
};

/**
 * The same stream, ended when the token behind it ends. Without this an event stream, checked once at its opening, would
 * outlive the token's expiry and the agent's suspension by hours.
 */
export const trustedStream = (source: ReadableStream<Uint8Array>, trust: Trust): ReadableStream<Uint8Array> => {
  const reader = source.getReader();
  let stop = (): void => undefined;
  let ended = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      stop = watchTrust(trust, () => {
        ended = true;
        controller.close();
        reader.cancel('The access token has ended.').catch(() => undefined);
      });
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (ended) return;
        if (!done) return controller.enqueue(value);
        stop();
        controller.close();
      } catch (error) {
        stop();
        controller.error(error);
      }
    },
    cancel(reason) {
      stop();
      return reader.cancel(reason);
    },
  });
};
