import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { LedgerUnavailable } from '../../domain/ports/ledger.js';
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

/** This side of the thread that has the ledger's file. */
export class SqliteThread {
  private readonly waiting = new Map<number, Waiting>();
  private calls = 0;
  private gone: Error | undefined;

  private constructor(
    private readonly worker: Worker,
    readonly sequence: number,
  ) {
    worker.on('message', (reply: SqliteReply) => this.settle(reply));
    worker.on('error', (error) => this.end(error));
    worker.on('exit', () => this.end(new Error('the ledger is closed')));
  }

  /** Rejects with LedgerLocked or LedgerDamaged. */
  static async open(file: string): Promise<SqliteThread> {
    const worker = new Worker(new URL('./sqlite-ledger.worker.js', import.meta.url), { workerData: { file }, resourceLimits: LIMITS });
    const [opened] = (await once(worker, 'message')) as [SqliteOpened];
    if ('failure' in opened) throw asError(opened.failure, opened.message);
    return new SqliteThread(worker, opened.sequence);
  }

  call<C extends SqliteCall>(call: C): Promise<ReplyTo<C>> {
    if (this.gone) return Promise.reject(new LedgerUnavailable(this.gone.message, { cause: this.gone }));
    this.calls += 1;
    const n = this.calls;
    return new Promise((resolve, reject) => {
      this.waiting.set(n, { resolve: resolve as Waiting['resolve'], reject });
      this.worker.postMessage({ n, ...call });
    });
  }

  async close(): Promise<void> {
    if (this.gone) return;
    const exited = once(this.worker, 'exit');
    this.worker.postMessage('close');
    await exited;
  }

  private settle(reply: SqliteReply): void {
    const waiting = this.waiting.get(reply.n)!;
    this.waiting.delete(reply.n);
    if ('value' in reply) waiting.resolve(reply.value);
    else waiting.reject(asError(reply.failure, reply.message));
  }

  private end(error: Error): void {
    this.gone ??= error;
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
