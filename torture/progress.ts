const WIDTH = 30;

/** How far a long run is, on one line of the terminal; a line now and then where there is none. */
export class Progress {
  private readonly began = performance.now();
  private told = 0;

  constructor(private readonly what: string, private readonly all: number) {}

  at(done: number, note = ''): void {
    const now = performance.now();
    const isTerminal = process.stderr.isTTY;
    if (done < this.all && now - this.told < (isTerminal ? 100 : 20_000)) return;
    this.told = now;
    const left = done === 0 ? 0 : ((now - this.began) / done) * (this.all - done);
    const bar = '#'.repeat(Math.round((done / this.all) * WIDTH)).padEnd(WIDTH, '.');
    const line = `${this.what} [${bar}] ${done} of ${this.all}, ${minutes(left)} left  ${note}`;
    process.stderr.write(isTerminal ? `\r${line.padEnd(110)}` : `${line}\n`);
    if (isTerminal && done === this.all) process.stderr.write('\n');
  }
}

export const minutes = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};
