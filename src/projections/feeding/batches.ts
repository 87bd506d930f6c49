import type { LedgerSubscription, SubscriptionItem } from '../../domain/ports/ledger.js';

/** The subscription has failed, so what comes next can't be known. */
export class SubscriptionFailed extends Error {
  override readonly name = 'SubscriptionFailed';
}

/** Read ahead before anybody has taken anything. */
const FIRST_AHEAD = 500;

/**
 * A subscription in batches: what arrived while the last batch was being applied is the next one. Reading goes on
 * meanwhile, as far as the largest next one goes.
 */
export class Batches {
  private items: SubscriptionItem[] = [];
  private ahead = FIRST_AHEAD;
  private ended = false;
  private failure: Error | undefined;
  private wakeReader: (() => void) | undefined;
  private wakeTaker: (() => void) | undefined;

  constructor(private readonly subscription: LedgerSubscription) {
    void this.read();
  }

  /** What is waiting to be taken. */
  get oldest(): SubscriptionItem | undefined {
    return this.items[0];
  }

  /** At least one item and at most `most`; undefined when there will be no more. Rejects with SubscriptionFailed. */
  async take(most: number): Promise<readonly SubscriptionItem[] | undefined> {
    while (this.items.length === 0) {
      if (this.failure) throw new SubscriptionFailed(this.failure.message, { cause: this.failure });
      if (this.ended) return undefined;
      // oxlint-disable-next-line no-await-in-loop
      await new Promise<void>((wake) => (this.wakeTaker = wake));
    }
    this.ahead = most;
    const taken = this.items.splice(0, most);
    this.wakeReader?.();
    return taken;
  }

  close(): void {
    this.ended = true;
    this.items = [];
    this.subscription.close();
    this.wakeReader?.();
    this.wakeTaker?.();
  }

  private async read(): Promise<void> {
    try {
      for await (const item of this.subscription) {
        if (this.ended) return;
        this.items.push(item);
        this.wakeTaker?.();
        if (this.items.length >= this.ahead) await new Promise<void>((wake) => (this.wakeReader = wake));
      }
    } catch (error) {
      this.failure = error as Error;
    } finally {
      this.ended = true;
      this.wakeTaker?.();
    }
  }
}
