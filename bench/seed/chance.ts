/** The same numbers in every run: two ledgers that were grown alike hold the same kinds of events in the same order. */
export class Chance {
  constructor(private state = 0x2545f491) {}

  /** 0 <= x < 1 (xorshift32). */
  next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }

  /** Some are far busier than others, as agents are: the front of the list comes up most. */
  favourite<T>(all: readonly T[]): T {
    return all[Math.floor(all.length * this.next() ** 3)]!;
  }
}
