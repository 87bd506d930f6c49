import { clearLine, cursorTo } from 'node:readline';

const BAR = 24;

/** Tells on standard error how far a long run is: one line with a bar on a terminal, else a line now and then. */
export class Progress {
  private done = 0;
  private toldAt = 0;
  private readonly began = performance.now();

  /** `steps`: how often `step` will be called. */
  constructor(private readonly steps = 1, private readonly to: NodeJS.WriteStream = process.stderr) {}

  /** The next of the steps begins. */
  step(label: string): void {
    this.at(Math.min(1, this.done / this.steps), label);
    this.done += 1;
  }

  /** So much is done. */
  at(share: number, label: string): void {
    const now = performance.now();
    if (this.to.isTTY) return this.draw(share, label, now);
    // A log keeps every line: one in ten seconds says enough.
    if (this.toldAt !== 0 && now - this.toldAt < 10_000) return;
    this.toldAt = now;
    this.to.write(`${Math.floor(share * 100)} %: ${label}\n`);
  }

  end(): void {
    if (!this.to.isTTY) return;
    cursorTo(this.to, 0);
    clearLine(this.to, 0);
  }

  private draw(share: number, label: string, now: number): void {
    const full = Math.round(share * BAR);
    const left = share > 0.02 ? `, ${wait(((now - this.began) / share) * (1 - share))} left` : '';
    cursorTo(this.to, 0);
    this.to.write(`${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${Math.floor(share * 100)} %${left}  ${label}`.slice(0, (this.to.columns ?? 80) - 1));
    clearLine(this.to, 1);
  }
}

const wait = (milliseconds: number): string => {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
};
