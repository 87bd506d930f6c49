import { setFlagsFromString } from 'node:v8';

/** How much the old generation may grow, in percent of what lived in it when it was last collected. By itself V8 goes up to 300. */
const GROWTH = 50;

/**
 * Bounds the heaps of all threads from inside, however the process was started. The main thread's young generation can't be:
 * that is a flag of `npm start`; those of the other threads are bounded where they are started.
 */
export const boundHeaps = (): void => setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
