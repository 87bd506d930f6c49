import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { LedgerUnavailable } from '../../domain/ports/ledger.js';
import { nativeThread } from '../native-work.js';
import { LedgerDamaged, LedgerLocked } from './ledger-file.js';
import { type Failure, Misfit, type SqliteOpened, type SqliteReplies, type SqliteReply, type SqliteRequest } from './sqlite-messages.js';

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type SqliteCall = Without<SqliteRequest, 'n'>;
type ReplyTo<C extends SqliteCall> = SqliteReplies[C['kind']];

/** What it reads and writes lives for a moment: by itself V8 would let its young generation grow to 48 MB. */
const LIMITS = { maxYoungGenerationSizeMb: 6 };

interface Waiting {
  resolve(value: SqliteReplies[keyof SqliteReplies]): void;
  reject(error: Error): void;
}

/** This side of the thread that has the ledger's file. A thread that is gone without being asked to is followed by another at the next call. */
export class SqliteThread {
  private readonly waiting = new Map<number, Waiting>();
  private calls = 0;
  private worker: Worker | undefined;
  private starting: Promise<number> | undefined;
  /** Resolves when the thread before has let go of the file. */
  private leaving: Promise<void> = Promise.resolve();
  private isClosed = false;

  private constructor(private readonly file: string) {}

  /** Gives the sequence of the last event, too. Rejects with LedgerLocked or LedgerDamaged. */
  static async open(file: string): Promise<{ thread: SqliteThread; sequence: number }> {
    const thread = new SqliteThread(file);
    return { thread, sequence: await thread.start() };
  }

  call<C extends SqliteCall>(call: C): Promise<ReplyTo<C>> {
    if (this.isClosed) return Promise.reject(new LedgerUnavailable('the ledger is closed'));
    const { worker } = this;
    if (!worker) return this.restart().then(() => this.call(call));
    this.calls += 1;
    const n = this.calls;
    return new Promise((resolve, reject) => {
      this.waiting.set(n, { resolve: resolve as Waiting['resolve'], reject });
      worker.postMessage({ n, ...call });
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.starting?.catch(() => undefined);
    this.worker?.postMessage('close');
    await this.leaving;
  }

  /** One for all who call meanwhile. */
  private restart(): Promise<number> {
    this.starting ??= this.leaving.then(() => this.start())
      .catch((error: Error) => Promise.reject(new LedgerUnavailable(error.message, { cause: error })))
      .finally(() => (this.starting = undefined));
    return this.starting;
  }

  private async start(): Promise<number> {
    const worker = nativeThread(new URL('./sqlite-ledger.worker.js', import.meta.url), { file: this.file }, { resourceLimits: LIMITS });
    let reason = new Error('the ledger is closed');
    worker.on('error', (error) => (reason = error));
    // Asked for at once: it may come in the same turn as what the thread said before it.
    const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const [opened] = (await once(worker, 'message')) as [SqliteOpened];
    if ('failure' in opened) {
      // Only then has it let go of the file.
      await gone;
      throw asError(opened.failure, opened.message);
    }
    worker.on('message', (reply: SqliteReply) => this.settle(reply));
    this.leaving = gone.then(() => this.end(reason));
    this.worker = worker;
    return opened.sequence;
  }

  private settle(reply: SqliteReply): void {
    const waiting = this.waiting.get(reply.n)!;
    this.waiting.delete(reply.n);
    if ('value' in reply) return waiting.resolve(reply.value);
    // Whoever calls from here on is the next thread's: this one would not answer.
    if (reply.isLast) this.worker = undefined;
    waiting.reject(asError(reply.failure, reply.message));
  }

  private end(error: Error): void {
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(new LedgerUnavailable(error.message, { cause: error }));
    this.waiting.clear();
  }
}

const asError = (failure: Failure, message: string): Error => {
  switch (failure) {
    case 'locked':
      return new LedgerLocked(message);
    case 'damaged':
      return new LedgerDamaged(message);
    case 'misfit':
      return new Misfit(message);
    case 'failed':
      return new LedgerUnavailable(`the ledger's file: ${message}`);
  }
};
