const WINDOW_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/**
 * Refusals that cost nothing to provoke: strangers, whoever found a spent code or registered a client of his own, could
 * write one event per request (RX-04). The first of its kind in a minute is recorded.
 */
export class RepeatedRefusals {
  private readonly recorded = new Map<string, number>();

  isFirst(kind: readonly string[], now: number): boolean {
    const key = JSON.stringify(kind);
    const last = this.recorded.get(key);
    if (last !== undefined && now - last < WINDOW_MS) return false;
    this.recorded.delete(key);
    if (this.recorded.size >= MOST_REMEMBERED) this.recorded.delete(this.recorded.keys().next().value!);
    this.recorded.set(key, now);
    return true;
  }
}
