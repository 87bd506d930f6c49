import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import { type JobHandler, type JobPayload, Jobs, type JobsStatus, JobsUnavailable } from '../../domain/ports/jobs.js';
import { type JobBackend, NotOpenYet, type OpenBackend, type Reminder } from './job-backend.js';
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
  readonly worker: Worker<JobPayload> | undefined;
}

const RETRY_MILLISECONDS = [250, 500, 1_000, 2_500, 5_000] as const;
const KEEP_MILLISECONDS = 60_000;
const WAKE_MILLISECONDS = 2_000;
const STOP_MILLISECONDS = 10_000;
/** Of a job that was woken once: a handler that fails for longer than this is left to its schedule. */
const ATTEMPTS = { attempts: 5, backoff: { type: 'exponential', delay: 1_000 } } as const;

/** One queue and one worker for all names. A process that registers no handler keeps reminders and runs none. */
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

  override register(name: string, handler: JobHandler): void {
    this.refuseWhenStarted();
    if (this.handlers.has(name)) throw new Error(`the job ${name} has a handler already`);
    this.handlers.set(name, handler);
  }

  override schedule(name: string, everyMs: number): void {
    this.refuseWhenStarted();
    this.schedules.add(name, everyMs);
  }

  override async wake(name: string, payload: JobPayload, { dedupeId }: { readonly dedupeId: string }): Promise<void> {
    const queue = this.running?.opened.queue;
    if (!queue) throw new JobsUnavailable(this.problem ?? 'jobs have not been started');
    const deduplication = { id: `${name}:${dedupeId}`, keepLastIfActive: true };
    try {
      await within(WAKE_MILLISECONDS, queue.add(name, payload, { ...ATTEMPTS, deduplication }));
    } catch (error) {
      throw new JobsUnavailable(`${name} could not be woken`, { cause: error });
    }
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
      if (this.handlers.size > 0) await this.schedules.prune(opened.queue);
      await this.schedules.keep(opened.queue, this.parts.now());
    } catch (error) {
      await close({ opened, worker: undefined });
      throw error;
    }
    const worker = this.handlers.size > 0 ? opened.work((reminder) => this.run(reminder)) : undefined;
    worker?.on('error', (error) => this.note('the store of the jobs fails', error));
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

  private async run({ name, data }: Reminder): Promise<void> {
    const handler = this.handlers.get(name);
    // Another version may be at work beside this one: the job is tried again, and may meet it then.
    if (!handler) throw this.note('a job can\'t be run', new Error(`nobody here handles ${name}`));
    try {
      await handler(data);
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

  private refuseWhenStarted(): void {
    if (this.starting) throw new Error('jobs are declared before they are started');
  }

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }
}

/** Handlers that run are waited for; a store that does not answer is not. */
const close = async ({ opened, worker }: Running): Promise<void> => {
  await within(STOP_MILLISECONDS, worker?.close() ?? Promise.resolve()).catch(() => worker?.close(true)).catch(() => undefined);
  await within(STOP_MILLISECONDS, opened.queue.close()).catch(() => undefined);
  await opened.close();
};
