import { quantile, rounded } from '../figures.js';
import { residentMegabytes } from '../servers/memory.js';
import type { RunningHub } from '../servers/running-hub.js';
import type { MixedLoad } from './mixed-load.js';
import type { Window } from './soak-figures.js';

const LOOK_EVERY = 1_000;
const MB = 2 ** 20;

/** Looks at the hub again and again, and sums up each window of time. */
export class Watch {
  private readonly windows: Window[] = [];
  private seen: Omit<Window, 'done' | 'p50Ms' | 'p99Ms'>[] = [];

  constructor(private readonly hub: RunningHub, private readonly load: MixedLoad) {}

  /** `each` is told after every look which share of the time is over. */
  async run(windows: number, windowSeconds: number, each: (share: number) => void): Promise<readonly Window[]> {
    const began = performance.now();
    const end = windows * windowSeconds * 1000;
    while (this.windows.length < windows) {
      await new Promise((wait) => setTimeout(wait, Math.min(LOOK_EVERY, windowSeconds * 1000)));
      if (!this.hub.isRunning) throw new Error('the hub has ended');
      await this.look();
      const over = performance.now() - began;
      each(Math.min(1, over / end));
      if (over >= (this.windows.length + 1) * windowSeconds * 1000) this.close();
    }
    return this.windows;
  }

  private async look(): Promise<void> {
    const metrics = await this.metrics();
    this.seen.push({
      residentMb: residentMegabytes(this.hub.pid).now, heapMb: metrics('nodejs_heap_size_used_bytes') / MB, loopDelayMs: metrics('nodejs_eventloop_lag_p99_seconds') * 1000,
      lagSeconds: metrics('mandate_projection_lag_seconds'), folds: metrics('mandate_live_state_entries'),
    });
  }

  private close(): void {
    const milliseconds = this.load.take();
    const { seen } = this;
    this.seen = [];
    this.windows.push({
      done: milliseconds.length, p50Ms: rounded(quantile(milliseconds, 0.5)), p99Ms: rounded(quantile(milliseconds, 0.99)),
      residentMb: Math.max(...seen.map(({ residentMb }) => residentMb)), heapMb: Math.round(Math.min(...seen.map(({ heapMb }) => heapMb))),
      loopDelayMs: rounded(Math.max(...seen.map(({ loopDelayMs }) => loopDelayMs)), 1),
      lagSeconds: rounded(Math.max(...seen.map(({ lagSeconds }) => lagSeconds)), 1), folds: seen.at(-1)!.folds,
    });
  }

  private async metrics(): Promise<(name: string) => number> {
    const text = await (await fetch(`${this.hub.url}/metrics`)).text();
    return (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  }
}
