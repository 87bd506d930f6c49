/** The only source of time. */
export abstract class Clock {
  /** Milliseconds since 1970. */
  abstract now(): number;
  /** Seconds since 1970, rounded down, as in JWT. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}
