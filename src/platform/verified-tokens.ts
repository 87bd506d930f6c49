const MOST = 4_096;

/**
 * What is known of tokens whose signature was found good, or made here, by the digest of the token: a resource server asks
 * about the same one at each call, and the signature is two thirds of the answer's cost. Only what we signed gets in, so
 * strangers can't fill it; two generations, of which the older goes as a whole. What is asked for moves to the younger:
 * tokens in use stay, however many are issued meanwhile and never seen again.
 */
export class VerifiedTokens<Verified extends object> {
  private latest = new Map<string, Verified>();
  private before = new Map<string, Verified>();

  get(digest: string): Verified | undefined {
    const latest = this.latest.get(digest);
    if (latest) return latest;
    const before = this.before.get(digest);
    if (before) this.add(digest, before);
    return before;
  }

  add(digest: string, verified: Verified): void {
    if (this.latest.size >= MOST) {
      this.before = this.latest;
      this.latest = new Map();
    }
    this.latest.set(digest, verified);
  }
}
