import type { Clock } from '../domain/ports/clock.js';

/** Milliseconds that clocks of one deployment may differ. */
const MOST_BEHIND = 10_000;

/**
 * The time of the ledger is that of the newest event that came since the start. A node whose clock says that this is still
 * to come is not asked: what had run out would be good again there, codes, sessions and tokens alike (F-22). One that is
 * ahead is no danger, for there things end early. If it was ahead and is right now, a restart says so.
 */
export class LedgerTime {
  private newest = '';
  /** The same in milliseconds, once somebody has asked: each decision does, and one batch of events has one time. */
  private newestAt: number | undefined;

  constructor(private readonly clock: Clock) {}

  heard(recordedAt: string): void {
    // Both RFC 3339 in UTC with milliseconds: their order is that of their times.
    if (recordedAt <= this.newest) return;
    this.newest = recordedAt;
    this.newestAt = undefined;
  }

  /** Undefined when the clock may be believed. */
  problem(): string | undefined {
    if (this.newest === '') return undefined;
    this.newestAt ??= Date.parse(this.newest);
    const behind = this.newestAt - this.clock.now();
    return behind <= MOST_BEHIND ? undefined : `the clock of this node is ${Math.round(behind / 1000)} s behind the ledger: set it, or restart the node if it is right`;
  }
}
