import { setFlagsFromString } from 'node:v8';

const FLAGS = [
  // How much the old generation may grow, in percent of what lived in it when it was last collected. By itself V8 goes up to 300.
  '--heap-growing-percent=50',
  // Where an operator bounds the main thread by this flag it would else be the bound of all threads, whatever they are started with.
  '--max-semi-space-size=0',
  // How long a function of PGlite's WebAssembly runs before it is compiled anew. By itself V8 does it 555 times as early (in Node 20), for its start
  // already: a second of work, and 20 MB for each large function that stay in malloc's arenas. What is hot gets there soon enough.
  '--wasm-tiering-budget=1000000000',
];

/**
 * Bounds the memory of all threads from inside, however the process was started; from the next collection on, so a hub calls it
 * before the rest is loaded. The main thread's young generation has V8's own size, since it pays for itself
 * (docs/performance.md); those of the other threads are bounded where they are started.
 */
export const boundHeaps = (): void => FLAGS.forEach((flag) => setFlagsFromString(flag));
