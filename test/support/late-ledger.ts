import { type NewEvent, type Position, START, isAfter } from '../../src/domain/kernel/event.js';
import { Ledger, type Appended, type Expected, type LedgerFilter, type LedgerPage, type LedgerSubscription, type SubscriptionItem } from '../../src/domain/ports/ledger.js';

/** One node's way to a ledger that it shares with others: while it is held, nothing new arrives, and everything else works. */
export class LateLedger extends Ledger {
  private gate: Promise<void> = Promise.resolve();
  private openGate: () => void = () => undefined;
  private asked: () => void = () => undefined;
  private wrote: () => void = () => undefined;
  private taken: Position = START;
  private tookOne: () => void = () => undefined;
  /** Whoever wants to know how far the ledger goes is told only when all of that has arrived here. */
  tellsLate = false;

  constructor(private readonly shared: Ledger) {
    super();
  }

  hold(): void {
    this.gate = new Promise((resolve) => (this.openGate = resolve));
  }

  release(): void {
    this.openGate();
  }

  /** Resolves when somebody wants to know how far the ledger goes. */
  headAsked(): Promise<void> {
    return new Promise((resolve) => (this.asked = resolve));
  }

  /** Resolves when this node has written something. */
  written(): Promise<void> {
    return new Promise((resolve) => (this.wrote = resolve));
  }

  override async append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    const appended = await this.shared.append(stream, expected, events);
    this.wrote();
    return appended;
  }

  override readStream(stream: string, from?: number) {
    return this.shared.readStream(stream, from);
  }

  override readAll(after: Position, limit: number, filter?: LedgerFilter): Promise<LedgerPage> {
    return this.shared.readAll(after, limit, filter);
  }

  override subscribe(after: Position, filter?: LedgerFilter): LedgerSubscription {
    const inner = this.shared.subscribe(after, filter);
    const deliver = async function* (this: LateLedger): AsyncGenerator<SubscriptionItem> {
      for await (const item of inner) {
        await this.gate;
        yield item;
        // Whoever asks for the next has worked on this one.
        this.taken = item.kind === 'event' ? item.event.position : item.position;
        this.tookOne();
      }
    };
    return { [Symbol.asyncIterator]: () => deliver.call(this), close: () => inner.close() };
  }

  override async head(): Promise<Position> {
    this.asked();
    const head = await this.shared.head();
    // oxlint-disable-next-line no-await-in-loop
    while (this.tellsLate && isAfter(head, this.taken)) await new Promise<void>((took) => (this.tookOne = took));
    return head;
  }

  override async close(): Promise<void> {
    this.release();
  }
}
