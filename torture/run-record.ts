import { quantile } from '../bench/figures.js';

/** What is counted while a hub is tortured, and everything that went another way than it was promised. */
export class RunRecord {
  readonly violations: string[] = [];
  private readonly counts = new Map<string, number>();
  private readonly series = new Map<string, number[]>();

  count(what: string, times = 1): void {
    this.counts.set(what, this.counted(what) + times);
  }

  counted(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  measure(what: string, value: number): void {
    const values = this.series.get(what);
    if (values) values.push(value);
    else this.series.set(what, [value]);
  }

  quantile(what: string, q: number): number {
    return quantile([...(this.series.get(what) ?? [])].sort((a, b) => a - b), q);
  }

  /** p50, p99 and the largest, in milliseconds. */
  spread(what: string): string {
    const sorted = [...(this.series.get(what) ?? [])].sort((a, b) => a - b);
    const [p50, p99, most] = [quantile(sorted, 0.5), quantile(sorted, 0.99), sorted.at(-1) ?? NaN];
    return `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, at most ${most.toFixed(0)} ms (${sorted.length} times)`;
  }

  violated(sentence: string): void {
    this.violations.push(sentence);
  }
}
