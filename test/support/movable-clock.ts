import { SystemClock } from '../../src/platform/system-clock.js';

/** The machine's clock, and as far ahead of it as it is told. */
export class MovableClock extends SystemClock {
  private ahead = 0;

  override now(): number {
    return super.now() + this.ahead;
  }

  advance(seconds: number): void {
    this.ahead += seconds * 1000;
  }
}
