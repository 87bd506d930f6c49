import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { VaultTable } from './vault-table.js';

type Method = keyof VaultTable;
export interface VaultCall {
  readonly n: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}
export type VaultReply = { readonly n: number; readonly value: unknown } | { readonly n: number; readonly error: string };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The vault's file, worked on in a thread of its own. A call resolves when its effect is on the disk. */
export class VaultFile {
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #closed: Error | undefined;

  private constructor(private readonly worker: Worker) {
    worker.on('message', (replies: readonly VaultReply[]) => this.#settle(replies));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('the vault is closed')));
  }

  /** Opens or creates the file. Rejects when another process has it. */
  static async open(file: string): Promise<VaultFile> {
    const worker = new Worker(new URL('./vault-file.worker.js', import.meta.url), { workerData: { file } });
    const [opened] = (await once(worker, 'message')) as ['open' | { inUse: boolean; message: string }];
    if (opened === 'open') return new VaultFile(worker);
    await worker.terminate();
    throw new Error(opened.inUse
      ? `Another Mandate process uses the vault ${file}. Stop it, or give this one a data directory of its own.`
      : `The vault ${file} can't be opened: ${opened.message}`);
  }

  call<M extends Method>(method: M, ...args: Parameters<VaultTable[M]>): Promise<ReturnType<VaultTable[M]>> {
    if (this.#closed) return Promise.reject(this.#closed);
    const n = this.#next++;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(n, { resolve, reject }));
    this.worker.postMessage({ n, method, args } satisfies VaultCall);
    return answer as Promise<ReturnType<VaultTable[M]>>;
  }

  /** Waits for calls under way, then releases the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = new Error('the vault is closed');
    const exited = once(this.worker, 'exit');
    this.worker.postMessage('close');
    await exited;
  }

  #settle(replies: readonly VaultReply[]): void {
    for (const reply of replies) {
      const caller = this.#waiting.get(reply.n);
      this.#waiting.delete(reply.n);
      if ('error' in reply) caller?.reject(new Error(`the vault could not do it: ${reply.error}`));
      else caller?.resolve(reply.value);
    }
  }

  #fail(error: Error): void {
    this.#closed ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
