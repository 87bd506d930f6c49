interface Place {
  readonly stream: string;
  readonly revision: number;
}

/**
 * Where the latest events stand, by id: enough to recognise a retry without an index over the whole ledger. Two
 * generations, of which the older goes as a whole: taking single entries from the front of a Map leaves holes there, and
 * each look for the oldest would walk over all of them.
 */
export class RecentIds {
  /** At least so many are known, at most twice as many. */
  static readonly MOST = 65_536;
  private latest = new Map<string, Place>();
  private before = new Map<string, Place>();

  add(stream: string, id: string, revision: number): void {
    if (this.latest.size >= RecentIds.MOST) {
      this.before = this.latest;
      this.latest = new Map();
    }
    this.latest.set(id, { stream, revision });
  }

  revisionOf(stream: string, id: string): number | undefined {
    const place = this.latest.get(id) ?? this.before.get(id);
    return place?.stream === stream ? place.revision : undefined;
  }
}
