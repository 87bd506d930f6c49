import { once } from 'node:events';
import { setImmediate } from 'node:timers';
import type { Worker } from 'node:worker_threads';
import { SecretsUnavailable } from '../../domain/ports/secret-store.js';
import { nativeThread } from '../native-work.js';
import type { RowPlace, SealedRow, SealedRows } from './sealed-rows.js';
import type { VaultTable } from './vault-table.js';

type Method = keyof VaultTable;
export interface VaultCall {
  readonly n: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}
export type VaultReply = { readonly n: number; readonly value: unknown } | { readonly n: number; readonly error: string };

/** Its calls are few and small. */
const LIMITS = { maxYoungGenerationSizeMb: 3 };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * The vault's file, worked on in a thread of its own. A call resolves when its effect is on the disk. What a turn of the event
 * loop asks for goes over in one message: to wake the thread costs more than most of what it does.
 */
export class VaultFile implements SealedRows {
  readonly title: string;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #outbox: VaultCall[] = [];
  #closed: Error | undefined;

  private constructor(private readonly worker: Worker, file: string) {
    this.title = `the vault ${file}`;
    worker.on('message', (replies: readonly VaultReply[]) => this.#settle(replies));
    worker.on('error', (error) => this.#fail(new SecretsUnavailable(`the vault's thread ended: ${error.message}`, { cause: error })));
    worker.on('exit', () => this.#fail(new SecretsUnavailable('the vault is closed')));
  }

  /** Opens or creates the file. Rejects when another process has it. */
  static async open(file: string): Promise<VaultFile> {
    const worker = nativeThread(new URL('./vault-file.worker.js', import.meta.url), { file }, { resourceLimits: LIMITS });
    const [opened] = (await once(worker, 'message')) as ['open' | { inUse: boolean; message: string }];
    if (opened === 'open') return new VaultFile(worker, file);
    await worker.terminate();
    throw new Error(opened.inUse
      ? `Another Mandate process uses the vault ${file}. Stop it, or give this one a data directory of its own.`
      : `The vault ${file} can't be opened: ${opened.message}`);
  }

  /** The file's lock has seen to it. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  keyId(): Promise<string | undefined> {
    return this.#call('keyId');
  }

  adoptKey(keyId: string): Promise<void> {
    return this.#call('adoptKey', keyId);
  }

  put(row: SealedRow): Promise<void> {
    return this.#call('put', row);
  }

  putNew(row: SealedRow, now: number): Promise<boolean> {
    return this.#call('putNew', row, now);
  }

  get(tenant: string, kind: string, name: string): Promise<SealedRow | undefined> {
    return this.#call('get', tenant, kind, name);
  }

  page(after: RowPlace | undefined, limit: number, kind?: string): Promise<readonly SealedRow[]> {
    return this.#call('page', after, limit, kind);
  }

  names(tenant: string, kind: string, limit: number): Promise<readonly string[]> {
    return this.#call('names', tenant, kind, limit);
  }

  count(kind: string): Promise<number> {
    return this.#call('count', kind);
  }

  replace(row: SealedRow, before: Uint8Array): Promise<boolean> {
    return this.#call('replace', row, before);
  }

  delete(tenant: string, kind: string, name: string): Promise<number> {
    return this.#call('delete', tenant, kind, name);
  }

  deleteAll(tenant: string, kind: string, prefix: string): Promise<number> {
    return this.#call('deleteAll', tenant, kind, prefix);
  }

  sweep(now: number): Promise<number> {
    return this.#call('sweep', now);
  }

  #call<M extends Method>(method: M, ...args: Parameters<VaultTable[M]>): Promise<ReturnType<VaultTable[M]>> {
    if (this.#closed) return Promise.reject(this.#closed);
    const n = this.#next++;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(n, { resolve, reject }));
    this.#outbox.push({ n, method, args });
    if (this.#outbox.length === 1) setImmediate(() => this.#send());
    return answer as Promise<ReturnType<VaultTable[M]>>;
  }

  #send(): void {
    if (this.#outbox.length > 0) this.worker.postMessage(this.#outbox);
    this.#outbox = [];
  }

  /** Waits for calls under way, then releases the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = new SecretsUnavailable('the vault is closed');
    const exited = once(this.worker, 'exit');
    this.#send();
    this.worker.postMessage('close');
    await exited;
  }

  #settle(replies: readonly VaultReply[]): void {
    for (const reply of replies) {
      const caller = this.#waiting.get(reply.n);
      this.#waiting.delete(reply.n);
      if ('error' in reply) caller?.reject(new SecretsUnavailable(`the vault could not do it: ${reply.error}`));
      else caller?.resolve(reply.value);
    }
  }

  #fail(error: Error): void {
    this.#closed ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
