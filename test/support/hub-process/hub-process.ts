import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { HubOverHttp } from '../hub-over-http.js';
import type { Answers, Fault, FromChild, Hold, Question, Ready, StartOrder } from './messages.js';

/** Starts hubs in processes of their own, and has the next one loaded before it is wanted. */
export class HubProcesses {
  private spare: Child | undefined;

  /** `megabytes`: their heaps. */
  constructor(private readonly megabytes?: number) {}

  /** Resolves when it listens, or when it was held on the way there (`ready` is undefined then). */
  async start(order: StartOrder): Promise<HubProcess> {
    const child = this.spare ?? new Child(this.megabytes);
    this.spare = new Child(this.megabytes);
    return new HubProcess(`http://localhost:${order.port}`, child, await child.start(order));
  }

  async close(): Promise<void> {
    await this.spare?.kill();
    this.spare = undefined;
  }
}

/** One that is not to be followed by another. */
export const startHubProcess = async (order: StartOrder): Promise<HubProcess> => {
  const child = new Child();
  return new HubProcess(`http://localhost:${order.port}`, child, await child.start(order));
};

export class HubProcess extends HubOverHttp {
  constructor(issuer: string, private readonly child: Child, readonly ready: Ready | undefined) {
    super(issuer);
  }

  /** Milliseconds that the process spent on loading its code. */
  get loading(): number {
    return this.child.loading;
  }

  ask<K extends Question['kind']>(question: Extract<Question, { kind: K }>): Promise<Answers[K]> {
    return this.child.ask(question) as Promise<Answers[K]>;
  }

  /** From now on every request stops at this append. */
  async hold(hold: Hold | undefined): Promise<void> {
    await this.ask({ kind: 'hold', hold });
    this.child.held = 0;
  }

  /** Waits until the request is held. Rejects when it is answered instead. */
  held(request: Promise<unknown>): Promise<void> {
    return this.child.isHeld(request);
  }

  /** As a power cut for the process: no handler runs, nothing is flushed. */
  kill(): Promise<void> {
    return this.child.kill();
  }

  /** It dies of something in itself; gives what it ended with. */
  dieOf(fault: Exclude<Fault, 'block'>): Promise<number | NodeJS.Signals | null> {
    return this.child.dieOf(fault);
  }
}

class Child {
  private readonly process: ChildProcess;
  private readonly answers = new Map<number, (value: unknown) => void>();
  private asked = 0;
  private wake: (() => void)[] = [];
  private failure: string | undefined;
  private ready: Ready | undefined;
  held = 0;
  loading = 0;

  /** What it says while it dies as it was told to is nobody's business. */
  private isDying = false;

  constructor(megabytes?: number) {
    const execArgv = ['--enable-source-maps', ...(megabytes === undefined ? [] : [`--max-old-space-size=${megabytes}`])];
    this.process = fork(new URL('./hub-child.js', import.meta.url), { execArgv, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    this.process.stderr!.on('data', (chunk: Buffer) => this.isDying || process.stderr.write(chunk));
    this.process.on('message', (message: FromChild) => this.heard(message));
    this.process.on('exit', () => this.end('the hub is gone'));
  }

  async start(order: StartOrder): Promise<Ready | undefined> {
    while (this.loading === 0) await this.next();
    this.process.send(order);
    while (this.ready === undefined && this.held === 0) await this.next();
    return this.ready;
  }

  async ask(question: Question): Promise<unknown> {
    this.asked += 1;
    const n = this.asked;
    let answer: { readonly value: unknown } | undefined;
    this.answers.set(n, (value) => (answer = { value }));
    this.process.send({ n, question });
    while (!answer) await this.next();
    return answer.value;
  }

  async isHeld(request: Promise<unknown>): Promise<void> {
    let answered: string | undefined;
    void request.then((answer) => (answered = `it was answered: ${String(answer)}`), (error: unknown) => (answered = String(error))).finally(() => this.wakeAll());
    while (this.held === 0) {
      if (answered !== undefined) throw new Error(answered);
      await this.next();
    }
  }

  async dieOf(fault: Fault): Promise<number | NodeJS.Signals | null> {
    this.isDying = true;
    const exited = once(this.process, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    this.process.send({ n: 0, question: { kind: 'fault', fault } });
    const [code, signal] = await exited;
    return code ?? signal;
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }

  /** Until the child has said something. Rejects when it will not say anything more. */
  private async next(): Promise<void> {
    if (this.failure !== undefined) throw new Error(this.failure);
    await new Promise<void>((resolve) => this.wake.push(resolve));
    if (this.failure !== undefined) throw new Error(this.failure);
  }

  private heard(message: FromChild): void {
    if (message.kind === 'loaded') this.loading = message.milliseconds;
    if (message.kind === 'ready') this.ready = message;
    if (message.kind === 'held') this.held += 1;
    if (message.kind === 'failed') this.failure = message.message;
    if (message.kind === 'answer') this.answers.get(message.n)?.(message.value);
    this.wakeAll();
  }

  private end(why: string): void {
    this.failure ??= why;
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const resolve of this.wake.splice(0)) resolve();
  }
}
