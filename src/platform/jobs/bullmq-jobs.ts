import { setTimeout as pause } from 'node:timers/promises';
import type { Job, Worker } from 'bullmq';
import { type JobHandler, Jobs, type JobsStatus } from '../../domain/ports/jobs.js';
import { type JobBackend, NotOpenYet, type OpenBackend } from './job-backend.js';
import { Schedules } from './schedules.js';
import { within } from '../patience.js';

export interface BullmqJobsParts {
  readonly backend: JobBackend;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Where problems go; called once for each new one. */
  readonly report?: (problem: string, error: Error) => void;
  /** Name of the queue. */
  readonly queue?: string;
}
interface Running {
  readonly opened: OpenBackend;
  readonly worker: Worker;
}

const RETRY_MILLISECONDS = [250, 500, 1_000, 2_500, 5_000] as const;
const KEEP_MILLISECONDS = 60_000;
const STOP_MILLISECONDS = 10_000;

/** One queue and one worker for all names. */
export class BullmqJobs extends Jobs {
  private readonly handlers = new Map<string, JobHandler>();
  private readonly schedules = new Schedules();
  private running: Running | undefined;
  private starting: Promise<void> | undefined;
  private readonly stopped = new AbortController();
  private problem: string | undefined;
  private keeper: NodeJS.Timeout | undefined;

  constructor(private readonly parts: BullmqJobsParts) {
    super();
  }

  override schedule(name: string, everyMs: number, handler: JobHandler): void {
    if (this.starting) throw new Error('jobs are declared before they are started');
    if (this.handlers.has(name)) throw new Error(`the job ${name} has a handler already`);
    this.schedules.add(name, everyMs);
    this.handlers.set(name, handler);
  }

  override start(): Promise<void> {
    this.starting ??= this.connect();
    return this.starting;
  }

  override status(): JobsStatus {
    const state = this.running?.opened.reached() ? 'running' : this.starting && !this.stopping ? 'connecting' : 'stopped';
    return { kind: this.parts.backend.kind, state, ...(this.problem === undefined ? {} : { problem: this.problem }) };
  }

  override async stop(): Promise<void> {
    this.stopped.abort();
    await this.starting;
    await this.letGo();
  }

  private async connect(): Promise<void> {
    for (let attempt = 0; !this.stopping && !this.running; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        await this.open();
      } catch (error) {
        this.note('the store of the jobs can\'t be reached', error as Error);
        // oxlint-disable-next-line no-await-in-loop
        await pause(RETRY_MILLISECONDS[Math.min(attempt, RETRY_MILLISECONDS.length - 1)]!, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      }
    }
  }

  private async open(): Promise<void> {
    const opened = await this.parts.backend.open(this.parts.queue ?? 'mandate');
    opened.queue.on('error', (error) => this.note('the store of the jobs fails', error));
    try {
      await this.schedules.prune(opened.queue);
      await this.schedules.keep(opened.queue, this.parts.now());
    } catch (error) {
      await close({ opened });
      throw error;
    }
    const worker = opened.work((job) => this.run(job));
    worker.on('error', (error) => this.note('the store of the jobs fails', error));
    opened.onLost((error) => this.begin(error));
    this.running = { opened, worker };
    this.problem = undefined;
    this.keeper = setInterval(() => void this.keep(), KEEP_MILLISECONDS).unref();
  }

  /** A store that was emptied while the process ran loses its schedules: they are set up again. */
  private async keep(): Promise<void> {
    try {
      if (this.running) await this.schedules.keep(this.running.opened.queue, this.parts.now());
      this.problem = undefined;
    } catch (error) {
      this.note('the schedules could not be looked after', error as Error);
    }
  }

  private async run({ name }: Job): Promise<void> {
    const handler = this.handlers.get(name);
    // Another version may be at work beside this one: the job is tried again, and may meet it then.
    if (!handler) throw this.note('a job can\'t be run', new Error(`nobody here handles ${name}`));
    try {
      await handler();
    } catch (error) {
      this.parts.report?.(`the job ${name} failed`, error as Error);
      throw error;
    }
  }

  /** The store is gone for good: whatever opens in its place is filled anew. */
  private begin(error: Error): void {
    if (this.stopping || !this.running) return;
    this.note('the store of the jobs is lost', error);
    this.starting = this.openAnew();
  }

  private async openAnew(): Promise<void> {
    await this.letGo();
    await this.connect();
  }

  private async letGo(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    clearInterval(this.keeper);
    if (running) await close(running);
  }

  private note(what: string, error: Error): Error {
    const problem = `${what}: ${error.message.split('\n')[0]}`;
    if (problem !== this.problem && !this.stopping && !(error instanceof NotOpenYet)) this.parts.report?.(what, error);
    this.problem = problem;
    return error;
  }

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }
}

/** Handlers that run are waited for; a store that does not answer is not. */
const close = async ({ opened, worker }: Pick<Running, 'opened'> & Partial<Running>): Promise<void> => {
  await within(STOP_MILLISECONDS, worker?.close() ?? Promise.resolve()).catch(() => worker?.close(true)).catch(() => undefined);
  await within(STOP_MILLISECONDS, opened.queue.close()).catch(() => undefined);
  await opened.close();
};
