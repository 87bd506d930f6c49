import { Worker, type WorkerOptions, workerData } from 'node:worker_threads';

/*
 * When a process ends, Node ends its threads wherever they are. A native library whose call is cut in the middle throws where
 * nothing can catch it, and the process ends by SIGABRT instead of its own code. So the end waits for calls under way.
 */
const [WORKING, ENDING] = [0, 1];
/** Whoever ends the process is not to be held up by a disk that does not answer. */
const MOST_MILLISECONDS = 1_000;
const locks = new Set<Int32Array>();

/** A thread that does its native work in `atWork`. */
export const nativeThread = (file: URL, data: object, options: WorkerOptions): Worker => {
  const lock = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(file, { ...options, workerData: { ...data, lock } });
  if (locks.size === 0) process.on('exit', waitForWork);
  locks.add(lock);
  worker.once('exit', () => {
    locks.delete(lock);
    if (locks.size === 0) process.off('exit', waitForWork);
  });
  return worker;
};

const waitForWork = (): void => {
  for (const lock of locks) Atomics.store(lock, ENDING, 1);
  const end = performance.now() + MOST_MILLISECONDS;
  for (const lock of locks) Atomics.wait(lock, WORKING, 1, Math.max(0, end - performance.now()));
};

/** In such a thread: work that is not cut in the middle. When the process is about to end, none is begun any more. */
export const atWork = <T>(work: () => T): T => {
  const { lock } = workerData as { readonly lock: Int32Array };
  Atomics.store(lock, WORKING, 1);
  const isOver = Atomics.load(lock, ENDING) === 1;
  try {
    return isOver ? forEver(lock) : work();
  } finally {
    stop(lock);
  }
};

const stop = (lock: Int32Array): void => {
  Atomics.store(lock, WORKING, 0);
  Atomics.notify(lock, WORKING);
};
const forEver = (lock: Int32Array): never => {
  stop(lock);
  for (;;) Atomics.wait(lock, ENDING, 1);
};
