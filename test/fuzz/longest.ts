import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How long the event loop stood still, in milliseconds. */
export class Longest {
  private readonly delays = monitorEventLoopDelay({ resolution: 1 });

  constructor(readonly limit: number) {
    this.delays.enable();
  }

  /** Whether it stood still for longer than the limit since this was last asked. */
  exceeded(): boolean {
    return this.take() > this.limit;
  }

  /** No more than the process computed meanwhile: for the rest of it another program had the processor. */
  async during(act: () => Promise<unknown>): Promise<number> {
    this.delays.reset();
    const before = process.cpuUsage();
    await act();
    const { user, system } = process.cpuUsage(before);
    return Math.min(this.take(), (user + system) / 1e3);
  }

  private take(): number {
    const longest = this.delays.max / 1e6;
    this.delays.reset();
    return longest;
  }
}
