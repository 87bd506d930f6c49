import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How long the event loop stood still, in milliseconds. Only a program that has the machine to itself can judge by it. */
export class Longest {
  private readonly delays = monitorEventLoopDelay({ resolution: 1 });

  constructor(readonly limit: number) {
    this.delays.enable();
  }

  /** Whether it stood still for longer than the limit since this was last asked. */
  exceeded(): boolean {
    return this.take() > this.limit;
  }

  async during(act: () => Promise<unknown>): Promise<number> {
    this.delays.reset();
    await act();
    return this.take();
  }

  private take(): number {
    const longest = this.delays.max / 1e6;
    this.delays.reset();
    return longest;
  }
}
