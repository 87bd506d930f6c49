import { type Position, isAfter } from '../domain/kernel/event.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Ledger } from '../domain/ports/ledger.js';

/** What is missing for longer than this is taken for a suspension that nobody here has heard of. */
export const MOST_MILLISECONDS_BEHIND = 2_000;
/** A node that writes nothing waits for no event of its own: so often it asks whether there is anything to hear. */
const TICKS_BETWEEN_LOOKS = 4;

/** Whether a view of the ledger is too old to decide on. */
export class LiveLag {
  private behindSince: number | undefined;
  /** What the ledger has and the subscription has not shown, and since when that is known. */
  private ahead: { readonly position: Position; readonly since: number } | undefined;
  /** Since when the ledger owes an answer, with nothing heard of it meanwhile. */
  private unansweredSince: number | undefined;
  private ticks = 0;
  private isLooking = false;

  /** `shown`: up to where the view has come. */
  constructor(private readonly ledger: Ledger, private readonly clock: Clock, private readonly shown: () => Position) {}

  get isRecent(): boolean {
    return this.behindSince === undefined;
  }

  /** The subscription has shown an event. */
  heard({ position }: { readonly position: Position }): void {
    if (!this.ahead || !isAfter(this.ahead.position, position)) this.behindSince = undefined;
    if (this.unansweredSince !== undefined) this.unansweredSince = this.clock.now();
  }

  /** An event that was waited for since then has not come. */
  missed(since: number): void {
    this.behindSince ??= since;
  }

  tick(): void {
    this.ticks += 1;
    if (!this.isRecent || this.ticks % TICKS_BETWEEN_LOOKS === 0) void this.lookForward();
  }

  /** Nobody can tell whether a revocation is missing: it is taken for missing. */
  judgeSilence(): void {
    if (this.unansweredSince !== undefined && this.clock.now() - this.unansweredSince >= MOST_MILLISECONDS_BEHIND) this.missed(this.unansweredSince);
  }

  /**
   * Whether there is anything to wait for. An append that failed after all never comes, and a node that decides nothing
   * until then may write nothing that would; and a subscription that has fallen silent says so to nobody.
   */
  private async lookForward(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    this.unansweredSince ??= this.clock.now();
    try {
      const head = await this.ledger.head();
      this.unansweredSince = undefined;
      this.compare(head);
    } catch {
      // It still owes the answer.
    } finally {
      this.isLooking = false;
    }
  }

  private compare(head: Position): void {
    const now = this.clock.now();
    if (!isAfter(head, this.shown())) {
      this.ahead = undefined;
      this.behindSince = undefined;
    } else if (!this.ahead || !isAfter(this.ahead.position, this.shown())) this.ahead = { position: head, since: now };
    else if (now - this.ahead.since >= MOST_MILLISECONDS_BEHIND) this.missed(this.ahead.since);
  }
}
