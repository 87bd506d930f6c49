/**
 * Lets one through per key and window and counts the rest: strangers must not be able to write one event per request
 * (RX-04), and the first of a kind still gets into the record.
 */
export class Collapse {
  private readonly seen = new Map<string, number>();

  constructor(private readonly windowMs: number, private readonly most = 10_000) {}

  first(key: string, now: number): boolean {
    const last = this.seen.get(key);
    if (last !== undefined && now - last < this.windowMs) return false;
    this.seen.delete(key);
    if (this.seen.size >= this.most) this.seen.delete(this.seen.keys().next().value!);
    this.seen.set(key, now);
    return true;
  }
}
