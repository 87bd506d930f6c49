import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Answers one question of the parent: what comes back is the answer. */
export type Answer = (question: unknown) => unknown;

/** In a child: says that it is ready, then answers questions in turn until the parent is gone. */
export const answerParent = (ready: unknown, answer: Answer): void => {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question) => {
    Promise.resolve(answer(question)).then(
      (value) => process.send!({ value }),
      (error: unknown) => process.send!({ failure: String((error as Error)?.stack ?? error) }),
    );
  });
  process.send!({ value: ready });
};

type Reply = { readonly value: unknown } | { readonly failure: string };

/** A process of ours, on a processor of its own where the system lets us choose. One question at a time. */
export class Child {
  private constructor(private readonly process: ChildProcess, private readonly name: string) {}

  /** Starts `module` (a file of this folder); gives what it said when it was ready. */
  static async start<Ready>(module: string, processor: number | undefined, args: readonly string[] = []): Promise<{ child: Child; ready: Ready }> {
    const path = new URL(module, import.meta.url);
    const pinned = processor === undefined ? {} : { execPath: 'taskset', execArgv: ['-c', String(processor), process.execPath] };
    const child = new Child(fork(path, args, { ...pinned, env: { ...process.env, NODE_ENV: 'production' }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }), module);
    return { child, ready: await child.reply<Ready>() };
  }

  get pid(): number {
    return this.process.pid!;
  }

  ask<T>(question: unknown): Promise<T> {
    const reply = this.reply<T>();
    this.process.send(question as object);
    return reply;
  }

  /** As a power cut for the process: no handler runs, nothing is flushed. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill(signal);
    await gone;
  }

  private reply<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (done: () => void): void => {
        this.process.off('message', heard);
        this.process.off('exit', exited);
        done();
      };
      const heard = (reply: unknown): void => {
        const { value, failure } = reply as Reply & { value?: unknown; failure?: string };
        settle(() => (failure === undefined ? resolve(value as T) : reject(new Error(`${this.name}: ${failure}`))));
      };
      const exited = (code: number | null): void => settle(() => reject(new Error(`${this.name} ended with code ${code}`)));
      this.process.once('message', heard);
      this.process.once('exit', exited);
    });
  }
}

/** Processors that this process may use, when there are two and `taskset` can divide them; else nothing is pinned. */
export const processors = (): readonly [server: number, generator: number] | undefined => {
  try {
    if (spawnSync('taskset', ['--version']).error) return undefined;
    const [, ranges = ''] = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    const all = ranges.split(',').flatMap((range) => {
      const [first = NaN, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, n) => first + n);
    });
    return all.length < 2 ? undefined : [all[0]!, all[1]!];
  } catch {
    return undefined;
  }
};
