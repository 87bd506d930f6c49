import { Clock } from '../../src/domain/ports/clock.js';

const DAY = 86_400_000;
/** A million events fill so many days. */
const DAYS = 90;
const PER_EVENT = (DAYS * DAY) / 1_000_000;

/** Time goes on with the events, so that "as it stood then" has a then to ask for. Begins in the past, and never passes the present. */
export class SeededClock extends Clock {
  private time = Date.now() - (DAYS + 1) * DAY;

  override now(): number {
    return Math.floor(this.time);
  }

  pass(events: number): void {
    this.time = Math.min(Date.now(), this.time + events * PER_EVENT);
  }
}
