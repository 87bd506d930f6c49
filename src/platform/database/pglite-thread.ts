import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Ask, Opening, PgliteResult, Told } from './pglite-messages.js';

/** As pg reports what the server refused: TypeORM and BullMQ read `code`. */
export class DatabaseFault extends Error {
  override readonly name = 'DatabaseFault';
  constructor(message: string, readonly code: string | undefined, readonly detail?: string, readonly constraint?: string) {
    super(message);
  }
}

/** Of JavaScript beside the database itself, which has its own memory: by itself V8 would go up to 48 MB. */
const LIMITS = { maxYoungGenerationSizeMb: 12 };

interface Waiting {
  resolve(results: readonly PgliteResult[]): void;
  reject(error: Error): void;
}

/** PGlite in a thread of its own: it works synchronously, and the thread that issues tokens must not wait for it. */
export class PgliteThread extends EventEmitter<{ notification: [channel: string, payload: string]; lost: [error: Error] }> {
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private ended: Error | undefined;

  private constructor(private readonly worker: Worker) {
    super();
    this.setMaxListeners(0);
  }

  /** Rejects when the directory can't be opened; nothing is left running then. */
  static async open(dataDir: string, files: Omit<Opening, 'dataDir'> = {}): Promise<PgliteThread> {
    const workerData: Opening = { dataDir, ...files };
    const worker = new Worker(new URL('./pglite.worker.js', import.meta.url), { workerData, resourceLimits: LIMITS });
    const thread = new PgliteThread(worker);
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (told: Told) => {
        if (told.kind === 'open') resolve();
        else if (told.kind === 'unusable') reject(new Error(told.message));
        else thread.hear(told);
      });
      worker.once('error', (error: Error) => {
        reject(error);
        thread.lose(error);
      });
      worker.once('exit', () => {
        reject(new Error('the database thread ended'));
        thread.lose(new Error('the database thread ended'));
      });
    });
    return thread;
  }

  ask(kind: Ask['kind'], sql: string, parameters?: readonly (string | null)[]): Promise<readonly PgliteResult[]> {
    return this.send({ kind, sql, ...(parameters === undefined ? {} : { parameters }) });
  }

  async copy(sql: string, text: string): Promise<void> {
    const rows = new TextEncoder().encode(text);
    await this.send({ kind: 'copy', sql, rows }, [rows.buffer]);
  }

  async close(): Promise<void> {
    if (this.ended) return;
    const closed = this.ask('close', '').catch(() => undefined);
    await closed;
    await this.worker.terminate();
  }

  private send(asked: Omit<Ask, 'id'>, handedOver: readonly ArrayBuffer[] = []): Promise<readonly PgliteResult[]> {
    if (this.ended) return Promise.reject(this.ended);
    const id = (this.asked += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...asked, id }, handedOver);
    });
  }

  private hear(told: Told): void {
    if (told.kind === 'notification') this.emit('notification', told.channel, told.payload);
    if (told.kind !== 'answer' && told.kind !== 'fault') return;
    const waiting = this.waiting.get(told.id);
    this.waiting.delete(told.id);
    if (told.kind === 'answer') waiting?.resolve(told.results);
    else waiting?.reject(new DatabaseFault(told.fault.message, told.fault.code, told.fault.detail, told.fault.constraint));
  }

  private lose(error: Error): void {
    if (this.ended) return;
    this.ended = error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
    this.emit('lost', error);
  }
}
