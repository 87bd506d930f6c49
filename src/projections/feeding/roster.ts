import { type Position, isAfter } from '../../domain/kernel/event.js';
import type { Clock } from '../../domain/ports/clock.js';
import { pause } from '../pause.js';
import type { ProjectionStatus } from '../projection-status.js';
import type { Projection } from '../projection.js';
import type { Channel } from './channel.js';
import type { Feed } from './feed.js';

interface Entry {
  readonly channel: Channel;
  state: 'following' | 'standby' | 'stopped';
  problem?: string;
  /** ISO 8601: when what it stopped at was recorded. */
  since?: string;
}

/** Which feeds there are, how they do, and who waits for them. */
export class Roster {
  private readonly entries = new Map<Feed, Entry>();
  private readonly waiters = new Set<() => void>();

  constructor(private readonly projections: readonly Projection[], private readonly clock: Clock) {}

  clear(): void {
    this.entries.clear();
  }

  follow(feed: Feed, channel: Channel): void {
    this.entries.set(feed, { channel, state: 'following' });
  }

  /** Its tables are gone or somebody else's. */
  forget(feed: Feed): void {
    this.entries.get(feed)?.channel.feeds.delete(feed);
    this.entries.delete(feed);
  }

  /** False when the feed was let go of before: then it is no news that it was fenced off. */
  standBy(feed: Feed): boolean {
    const entry = this.entries.get(feed);
    if (entry) entry.state = 'standby';
    return entry !== undefined;
  }

  stop(feed: Feed, problem: string): void {
    const entry = this.entries.get(feed);
    if (!entry) return;
    const since = entry.channel.waitingSince(feed.position);
    Object.assign(entry, { state: 'stopped', problem, ...(since === undefined ? {} : { since }) });
    this.moved();
  }

  standingBy(): readonly Feed[] {
    return [...this.entries].flatMap(([feed, { state }]) => (state === 'standby' ? [feed] : []));
  }

  /** Something has changed that somebody may wait for. */
  moved(): void {
    for (const wake of this.waiters) wake();
  }

  /** True when all read models have reached `position` in time. `look` finds out about those that others feed. */
  async reached(position: Position, timeout: number, look: () => Promise<unknown>): Promise<boolean> {
    const wait = { over: false, wake: (): void => undefined };
    const wake = (): void => wait.wake();
    const timer = setTimeout(() => {
      wait.over = true;
      wake();
    }, timeout);
    this.waiters.add(wake);
    try {
      while (!this.haveAll(position)) {
        if (wait.over || this.anyStoppedBefore(position)) return false;
        const others = this.standingBy().length > 0;
        const moved = new Promise<void>((resolve) => (wait.wake = resolve));
        // oxlint-disable-next-line no-await-in-loop
        if (others) await look().catch(() => undefined);
        // oxlint-disable-next-line no-await-in-loop
        await (others ? Promise.race([moved, pause(LOOK_MILLISECONDS)]) : moved);
      }
      return true;
    } finally {
      clearTimeout(timer);
      this.waiters.delete(wake);
    }
  }

  status(problem: string | undefined): readonly ProjectionStatus[] {
    return this.projections.map((projection) => this.statusOf(projection, problem));
  }

  private statusOf(projection: Projection, databaseProblem: string | undefined): ProjectionStatus {
    const { name, version } = projection;
    const feed = this.feedOf(projection);
    const entry = feed && this.entries.get(feed);
    if (!feed || !entry) return { name, version, state: 'building', position: '', lagSeconds: 0, parked: 0, problem: databaseProblem ?? 'not begun' };
    const problem = entry.problem ?? databaseProblem;
    return {
      name, version, position: feed.position, parked: feed.parked.size, lagSeconds: this.lag(feed, entry),
      state: entry.state === 'following' ? (feed.build === 'next' ? 'building' : 'serving') : entry.state, ...(problem === undefined ? {} : { problem }),
    };
  }

  private lag(feed: Feed, { state, channel, since }: Entry): number {
    const oldest = state === 'following' ? channel.waitingSince(feed.position) : since;
    return oldest === undefined ? 0 : Math.max(0, (this.clock.now() - Date.parse(oldest)) / 1000);
  }

  private feedOf(projection: Projection): Feed | undefined {
    return [...this.entries.keys()].find((feed) => feed.projection === projection);
  }

  private haveAll(position: Position): boolean {
    return this.projections.every((projection) => {
      const feed = this.feedOf(projection);
      return feed !== undefined && feed.build === 'serving' && !isAfter(position, feed.position);
    });
  }

  private anyStoppedBefore(position: Position): boolean {
    return [...this.entries].some(([feed, { state }]) => state === 'stopped' && isAfter(position, feed.position));
  }
}

const LOOK_MILLISECONDS = 50;
