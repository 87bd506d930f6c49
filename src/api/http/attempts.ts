interface Bucket {
  count: number;
  until: number;
}

/** A fixed-window limit per key, in memory, bounded. Per node: a limit on noise, never a security decision by itself. */
export class Attempts {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly limit: number, private readonly windowMs: number, private readonly most = 50_000) {}

  /** Counts one attempt; gives the seconds to wait when there were too many. */
  take(key: string, now: number): number | undefined {
    const bucket = this.current(key, now);
    bucket.count += 1;
    return bucket.count > this.limit ? Math.ceil((bucket.until - now) / 1000) : undefined;
  }

  forget(key: string): void {
    this.buckets.delete(key);
  }

  private current(key: string, now: number): Bucket {
    const found = this.buckets.get(key);
    if (found && found.until > now) return found;
    this.buckets.delete(key);
    if (this.buckets.size >= this.most) this.buckets.delete(this.buckets.keys().next().value!);
    const bucket = { count: 0, until: now + this.windowMs };
    this.buckets.set(key, bucket);
    return bucket;
  }
}
