import { setImmediate } from 'node:timers';

/**
 * Keeps this process's event loop turning without rest. A generator that sleeps until the next answer has to be woken by
 * the processor that the server runs on, and in a virtual machine that interrupt costs the *server* 10 to 40 µs for each
 * answer: at low load, as much as a signature. A generator that never sleeps has no such price, and both servers are
 * spared it alike.
 */
export class Spinning {
  private turns = 0;
  private going = true;

  constructor() {
    const turn = (): void => {
      this.turns += 1;
      if (this.going) setImmediate(turn);
    };
    setImmediate(turn);
  }

  /** Turns of the loop until now. */
  stop(): number {
    this.going = false;
    return this.turns;
  }

  /** Turns in a second in which nothing else happens: what is missing of them later was work. */
  static async turnsWhenIdle(): Promise<number> {
    const MILLISECONDS = 50;
    const spinning = new Spinning();
    await new Promise((resolve) => setTimeout(resolve, MILLISECONDS));
    return (spinning.stop() * 1000) / MILLISECONDS;
  }
}
