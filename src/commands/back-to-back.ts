/**
 * Runs the jobs of a turn of the event loop, or of a few, one right after the other. A signature among other work costs nearly
 * twice what it costs after another signature: its code and tables have left the processor's caches by then.
 */
export class BackToBack {
  private jobs: (() => void)[] = [];

  /** `turns`: so many gather jobs together. A turn in which nothing happens takes a few microseconds. */
  constructor(private readonly turns = 1) {}

  /** Not at once, but before the event loop waits for anything. What the job throws is for `failed`. */
  run(job: () => void, failed: (error: Error) => void): void {
    this.jobs.push(() => {
      try {
        job();
      } catch (error) {
        failed(error as Error);
      }
    });
    if (this.jobs.length === 1) this.after(this.turns);
  }

  private after(turns: number): void {
    setImmediate(() => (turns > 1 ? this.after(turns - 1) : this.runAll()));
  }

  private runAll(): void {
    const { jobs } = this;
    this.jobs = [];
    for (const job of jobs) job();
  }
}
