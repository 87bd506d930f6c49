/** One session for many clients: whoever has the turn keeps it until it is given back; the others wait in line. */
export class SessionTurns {
  private last: Promise<void> = Promise.resolve();

  /** Resolves with what gives the turn back. */
  take(): Promise<() => void> {
    const before = this.last;
    let giveBack!: () => void;
    this.last = new Promise((resolve) => {
      giveBack = resolve;
    });
    return before.then(() => giveBack);
  }
}
