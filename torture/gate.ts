/** Clients wait here while the hub is dead: what they would be told then says nothing about it. */
export class Gate {
  private opened: Promise<void> = Promise.resolve();
  private open: () => void = () => undefined;

  close(): void {
    this.opened = new Promise((resolve) => (this.open = resolve));
  }

  reopen(): void {
    this.open();
  }

  pass(): Promise<void> {
    return this.opened;
  }
}
