import { Child } from '../child.js';
import type { LoadOrder, LoadResult } from './load-generator.js';

type Prepare = Omit<Extract<LoadOrder, { step: 'prepare' }>, 'step'>;
type Measure = Omit<Extract<LoadOrder, { step: 'measure' }>, 'step'>;

/** The process that asks, seen from the one that measures. */
export class Generator {
  private constructor(private readonly child: Child) {}

  static async start(processor: number | undefined): Promise<Generator> {
    return new Generator((await Child.start<string>('./load/load-generator.js', processor)).child);
  }

  /** Opens connections and makes ready what they need. What this costs the server is not part of the measure. */
  async prepare(order: Prepare): Promise<void> {
    await this.child.ask({ ...order, step: 'prepare' } satisfies LoadOrder);
  }

  /** Throws at an answer that is not what it should be: a figure beside errors would not be worth printing. */
  async measure(order: Measure): Promise<LoadResult> {
    const result = await this.child.ask<LoadResult>({ ...order, step: 'measure' } satisfies LoadOrder);
    if (result.errors > 0) throw new Error(`${result.errors} unexpected answers. The first: ${result.firstError}`);
    return result;
  }

  async run(prepare: Prepare, measure: Measure): Promise<LoadResult> {
    await this.prepare(prepare);
    return this.measure(measure);
  }

  close(): Promise<void> {
    return this.child.kill('SIGKILL');
  }
}
