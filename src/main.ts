import { parseArgs } from 'node:util';
import { loggedError } from './logged-error.js';
import { boundHeaps } from './platform/heap-bounds.js';

// Before the rest is loaded: how far the heap may grow is reckoned when it is collected, and the last time before the first
// requests come is while this loads. Reckoned with V8's own bound, it grew by 100 MB in the first seconds under load. It costs
// the start some 30 ms: Node's own code comes compiled for a V8 without flags.
boundHeaps();

const stopOnSignals = (stop: () => Promise<void>): void => {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stopping) process.exit(130);
      stopping = true;
      stop().then(() => process.exit(0), () => process.exit(1));
    });
};

let died = (error: unknown): void => console.error(JSON.stringify(loggedError(error)));
// As after a crash, and by the same promises. Node by itself would print all that the error carries.
process.once('uncaughtException', (error) => {
  died(error);
  process.exit(1);
});
const { readConfig } = await import('./platform/config.js');
const { startMandate } = await import('./start.js');
try {
  const { role } = parseArgs({ options: { role: { type: 'string' } } }).values;
  const { stop, greeting, greeted, ...started } = await startMandate(readConfig(undefined, role === undefined ? {} : { MANDATE_ROLE: role }));
  stopOnSignals(stop);
  ({ died } = started);
  console.log(greeting);
  await greeted();
} catch (error) {
  // A mistake in the configuration or on the disk: one sentence for whoever started it, no stack.
  console.error(`\nMandate did not start. ${(error as Error).message}\n`);
  process.exit(1);
}
