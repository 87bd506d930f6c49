/**
 * Where the latest events stand, by id: enough to recognise a retry without an index over the whole ledger. Of an id only
 * 32 bits are kept, so what it gives are places to look at, nearly always the right one or none. Two generations, of which
 * the older goes as a whole; both together take 2.5 MB, and as strings in maps they would take ten times as much.
 */
export class RecentPositions {
  /** At least so many are known, at most twice as many. */
  static readonly MOST = 65_536;
  private latest = new Generation(RecentPositions.MOST);
  private before = new Generation(RecentPositions.MOST);

  add(id: string, position: number): void {
    if (this.latest.size === RecentPositions.MOST) {
      [this.before, this.latest] = [this.latest, this.before];
      this.latest.clear();
    }
    this.latest.add(fingerprint(id), position);
  }

  /** The latest first. */
  candidates(id: string): readonly number[] {
    const print = fingerprint(id);
    const [latest, before] = [this.latest.candidates(print), this.before.candidates(print)];
    // Nearly every id is new, and each that is appended is asked about.
    if (before.length === 0) return latest;
    return latest.length === 0 ? before : [...latest, ...before];
  }

  /** How many are known. */
  get size(): number {
    return this.latest.size + this.before.size;
  }

  clear(): void {
    this.latest.clear();
    this.before.clear();
  }
}

/** Of a UUID: its last digits, which are random in every version of them that is in use. */
const fingerprint = (id: string): number => Number.parseInt(id.slice(-8), 16);

const NONE: readonly number[] = [];

/** Open addressing: a look begins at the slot that the fingerprint names and ends at the first empty one. */
class Generation {
  /** 1 + the place in the other two; 0 is empty. Half of them stay so, so that a look ends soon. */
  private readonly slots: Int32Array;
  private readonly prints: Uint32Array;
  private readonly positions: Float64Array;
  size = 0;

  constructor(most: number) {
    this.slots = new Int32Array(2 * most);
    this.prints = new Uint32Array(most);
    this.positions = new Float64Array(most);
  }

  add(print: number, position: number): void {
    let slot = this.firstSlot(print);
    while (this.slots[slot] !== 0) slot = (slot + 1) % this.slots.length;
    this.prints[this.size] = print;
    this.positions[this.size] = position;
    this.size += 1;
    this.slots[slot] = this.size;
  }

  candidates(print: number): readonly number[] {
    let found: readonly number[] = NONE;
    for (let slot = this.firstSlot(print); this.slots[slot] !== 0; slot = (slot + 1) % this.slots.length) {
      const n = this.slots[slot]! - 1;
      if (this.prints[n] === print) found = [this.positions[n]!, ...found];
    }
    return found;
  }

  clear(): void {
    this.slots.fill(0);
    this.size = 0;
  }

  /** Spread by the golden ratio: ids that follow each other would otherwise stand in one long row. */
  private firstSlot(print: number): number {
    return (Math.imul(print, 0x9e3779b1) >>> 0) % this.slots.length;
  }
}
