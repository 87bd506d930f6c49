import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Position, type RecordedEvent, isAfter } from '../domain/kernel/event.js';
import { Refusal } from '../domain/kernel/refusal.js';
import { Clock } from '../domain/ports/clock.js';
import { Ledger, type LedgerSubscription, LedgerUnavailable, type SubscriptionItem, WrongExpectedRevision } from '../domain/ports/ledger.js';
import { LedgerTime } from './ledger-time.js';
import { type Fold, LiveEntry, readHistory } from './live-entry.js';
import { LiveLag, MOST_MILLISECONDS_BEHIND } from './live-lag.js';
import { LiveWaiters } from './live-waiters.js';
import type { Soon } from './soon.js';

const MOST_ENTRIES = 50_000;
const TICK_MILLISECONDS = 250;

/**
 * Folds of the streams that decisions need, in memory, advanced by the one subscription in the ledger's order.
 * Streams are read on demand; an entry may run ahead of the subscription (it was just read) but never has a gap.
 */
@Injectable()
export class LiveState implements OnApplicationShutdown {
  private readonly entries = new Map<string, LiveEntry>();
  private loading = new Map<string, Promise<LiveEntry>>();
  private readonly waiters: LiveWaiters;
  private readonly listeners: ((event: RecordedEvent) => void)[] = [];
  private subscription: LedgerSubscription | undefined;
  private sweeper: NodeJS.Timeout | undefined;
  private readonly lag: LiveLag;
  private readonly time: LedgerTime;
  private failure: string | undefined = 'the ledger has not been read yet';
  /** Everything up to here has been applied. */
  position: Position = '';

  constructor(private readonly ledger: Ledger, private readonly clock: Clock) {
    this.lag = new LiveLag(ledger, clock, () => this.position);
    this.waiters = new LiveWaiters(clock);
    this.time = new LedgerTime(clock);
  }

  /** Follows the ledger from its present end; resolves when caught up. */
  async start(): Promise<void> {
    this.position = await this.ledger.head();
    this.subscription = this.ledger.subscribe(this.position);
    this.sweeper = setInterval(() => this.tick(), TICK_MILLISECONDS).unref();
    await new Promise<void>((caughtUp) => void this.follow(this.subscription!, caughtUp));
  }

  /** When the last request has been answered. */
  onApplicationShutdown(): void {
    this.stop();
  }

  stop(): void {
    clearInterval(this.sweeper);
    this.failure = 'the hub is stopping';
    this.subscription?.close();
  }

  /** For whoever only counts what comes by: called for each event when it has been applied, and may not throw. */
  hear(listen: (event: RecordedEvent) => void): void {
    this.listeners.push(listen);
  }

  /** Undefined when decisions may be made; else the reason why not, for readiness and 503. */
  problem(): string | undefined {
    if (this.failure) return this.failure;
    const late = this.lag.isRecent ? undefined : 'the view of the ledger is more than 2 s behind';
    return late ?? this.time.problem();
  }

  /** How many folds are held. */
  get size(): number {
    return this.entries.size;
  }

  /** The stream's fold. Another tenant's stream reads as one that does not exist. */
  entry<S>(fold: Fold<S>, stream: string, tenant: string): Soon<LiveEntry<S>> {
    const cached = this.cached(stream);
    // Without a closure where it is here: every request asks several times.
    return cached ? this.seenBy(tenant, cached, fold) : this.load(fold, stream).then((entry) => this.seenBy(tenant, entry, fold));
  }

  /** Whether the stream's fold is in memory, or on its way there. */
  has(stream: string): boolean {
    return this.entries.has(stream);
  }

  /**
   * The fold of a stream that an append under way begins, at 'none': when that succeeds, nothing stood there before, and
   * nothing needs to be read. Whoever asks for the stream meanwhile waits for the outcome.
   */
  begun<S>(fold: Fold<S>, stream: string, appending: Promise<unknown>): Soon<LiveEntry> {
    return this.cached(stream) ?? this.fill(fold, stream, (entry) => appending.then(() => entry.settle([]), (error: unknown) => {
      if (error instanceof WrongExpectedRevision) return readHistory(this.ledger, entry);
      throw error;
    }));
  }

  /**
   * Reads what the stream has beyond the entry: after a lost race the winner's events are needed at once. Throws Refusal
   * when it is another tenant's, which stays as if it did not exist: all that is told is that it can't be done.
   */
  async refresh(entry: LiveEntry, tenant: string): Promise<void> {
    const events = await this.ledger.readStream(entry.stream, entry.revision + 1);
    if ((entry.tenant ?? events[0]?.tenant ?? tenant) !== tenant) throw new Refusal('conflict.concurrent', 'Too many changes at once; try again.', 'tenant.crossing');
    for (const event of events) entry.apply(event);
  }

  /**
   * Runs `check` when exactly the events up to and including `eventId` have been applied, before any later one is.
   * Register before the append; `cancel` when the append fails. Entries in `relied` stay in memory until then.
   * `failed` hears what `check` throws, and LedgerUnavailable when the event does not come back in time.
   */
  at(eventId: string, relied: readonly LiveEntry[], check: (event: RecordedEvent) => void, failed: (error: Error) => void): void {
    this.waiters.at(eventId, relied, check, failed);
  }

  cancel(eventId: string, error: Error): void {
    this.waiters.cancel(eventId, error);
  }

  /** True when everything up to `position` is applied within `timeout` milliseconds. */
  async reached(position: Position, timeout: number): Promise<boolean> {
    return !isAfter(position, this.position) || this.waiters.reached(position, timeout);
  }

  /** Resolves when an event of the stream has been applied, or after `timeout` milliseconds: look again then. */
  changed(stream: string, timeout: number): Promise<void> {
    return this.waiters.changed(stream, timeout);
  }

  /**
   * Applies what stands in the ledger now; true when there was something that had not come yet. For whoever is about to say
   * no: what another node has just allowed must not be refused here for not having been heard of. Throws LedgerUnavailable
   * when it can't be told how far the ledger is, or what is there does not come in time: then nobody is told no.
   */
  async catchUp(): Promise<boolean> {
    // Of now: what comes while the head is asked for is news to whoever decided before.
    const { position } = this;
    if (await this.reached(await this.ledger.head(), MOST_MILLISECONDS_BEHIND)) return isAfter(this.position, position);
    throw new LedgerUnavailable('what stands in the ledger has not come within 2 s');
  }

  private async follow(subscription: LedgerSubscription, caughtUp: () => void): Promise<void> {
    try {
      // All of a commit at once: what waits for each of them goes on together then, and not a step at a time between two.
      for await (const first of subscription) for (let item: SubscriptionItem | undefined = first; item; item = subscription.ready?.()) this.take(item, caughtUp);
      this.failure = 'the subscription to the ledger has ended';
    } catch (error) {
      // An event that can't be read stops the node: to skip it could be to skip a suspension.
      this.failure = `the ledger could not be followed: ${(error as Error).message}`;
    }
    caughtUp();
  }

  private take(item: SubscriptionItem, caughtUp: () => void): void {
    if (item.kind === 'event') return this.apply(item.event);
    if (isAfter(item.position, this.position)) this.arrive(item.position);
    this.failure = undefined;
    caughtUp();
  }

  private apply(event: RecordedEvent): void {
    const entry = this.entries.get(event.stream);
    // A gap means that this entry is no longer the stream's fold: forget it, the next use reads it anew.
    if (entry && !entry.apply(event)) this.drop(entry);
    this.arrive(event.position);
    this.lag.heard(event);
    this.time.heard(event.recordedAt);
    this.waiters.applied(event);
    for (const listen of this.listeners) listen(event);
  }

  private arrive(position: Position): void {
    this.position = position;
    this.waiters.arrived(position);
  }

  private cached(stream: string): LiveEntry | undefined {
    const entry = this.entries.get(stream);
    if (!entry || entry.pending) return undefined;
    entry.used = true;
    return entry;
  }

  private load<S>(fold: Fold<S>, stream: string): Promise<LiveEntry> {
    return this.fill(fold, stream, (entry) => readHistory(this.ledger, entry));
  }

  /** `history` gives the entry what stands in the stream: false when something is missing. */
  private fill<S>(fold: Fold<S>, stream: string, history: (entry: LiveEntry) => Promise<boolean>): Promise<LiveEntry> {
    const underWay = this.loading.get(stream);
    if (underWay) return underWay;
    const entry = new LiveEntry(stream, fold) as LiveEntry;
    this.entries.set(stream, entry);
    const loading = history(entry)
      .then((isWhole) => {
        if (!isWhole) throw new LedgerUnavailable(`stream ${stream} was read with a gap`);
        this.dropOldest();
        return entry;
      })
      .catch((error: unknown) => {
        if (this.entries.get(stream) === entry) this.drop(entry);
        throw error;
      })
      .finally(() => this.loading.delete(stream));
    this.loading.set(stream, loading);
    return loading;
  }

  private seenBy<S>(tenant: string, entry: LiveEntry, fold: Fold<S>): LiveEntry<S> {
    if (entry.tenant === undefined || entry.tenant === tenant) return entry as LiveEntry<S>;
    const blank = new LiveEntry(entry.stream, fold);
    blank.settle([]);
    return blank;
  }

  private drop(entry: LiveEntry): void {
    entry.current = false;
    this.entries.delete(entry.stream);
  }

  /** Second chance: what was used since it was last passed over goes to the end of the line instead. */
  private dropOldest(): void {
    // Twice around at most: the first time everything may have been in use.
    let left = 2 * this.entries.size;
    for (const entry of this.entries.values()) {
      if (this.entries.size <= MOST_ENTRIES || left === 0) return;
      left -= 1;
      if (entry.pins > 0 || entry.pending) continue;
      if (entry.used) {
        entry.used = false;
        this.entries.delete(entry.stream);
        this.entries.set(entry.stream, entry);
      } else this.drop(entry);
    }
  }

  private tick(): void {
    this.lag.tick();
    // Much comes and goes there: see `LiveWaiters.renew`.
    this.loading = new Map(this.loading);
    this.waiters.renew();
    this.waiters.giveUp(this.clock.now() - MOST_MILLISECONDS_BEHIND, (since) => this.lag.missed(since));
    this.lag.judgeSilence();
  }
}
