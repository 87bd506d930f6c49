import type { Soon } from '../soon.js';

const AT_ONCE = 50;

/** Lets the event loop see to others now and then: tokens are issued while a long question is answered. */
export const breathe = (done: number): Soon<void> => (done % AT_ONCE === 0 ? new Promise<void>((resolve) => setImmediate(resolve)) : undefined);
