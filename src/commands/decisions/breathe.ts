const AT_ONCE = 50;

/** Lets the event loop see to others now and then: tokens are issued while a long question is answered. */
export const breathe = async (done: number): Promise<void> => {
  if (done % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
};
