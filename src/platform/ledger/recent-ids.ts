/** Where the latest events stand, by id: enough to recognise a retry without an index over the whole ledger. */
export class RecentIds {
  static readonly MOST = 65_536;
  private readonly places = new Map<string, { readonly stream: string; readonly revision: number }>();

  add(stream: string, id: string, revision: number): void {
    this.places.set(id, { stream, revision });
    // A Map gives its keys oldest first.
    if (this.places.size > RecentIds.MOST) this.places.delete(this.places.keys().next().value!);
  }

  revisionOf(stream: string, id: string): number | undefined {
    const place = this.places.get(id);
    return place?.stream === stream ? place.revision : undefined;
  }

  clear(): void {
    this.places.clear();
  }
}
