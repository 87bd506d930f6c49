import { Clock } from '../../src/domain/ports/clock.js';

/** Stands still until it is told otherwise. */
export class TestClock extends Clock {
  constructor(private milliseconds = Date.parse('2026-11-24T12:00:00Z')) {
    super();
  }

  override now(): number {
    return this.milliseconds;
  }

  advance(seconds: number): void {
    this.milliseconds += seconds * 1000;
  }
}
