import { type Position, isAfter } from '../../domain/kernel/event.js';
import type { Clock } from '../../domain/ports/clock.js';
import type { Ledger } from '../../domain/ports/ledger.js';
import { isRepetition } from '../database-problem.js';
import { pause } from '../pause.js';
import { ProjectionProgress, type ProjectionStatus } from '../projection-status.js';
import type { Projection } from '../projection.js';
import { type ReadDatabase, ReadModelUnavailable } from '../read-database.js';
import { Channel } from './channel.js';
import { Feed } from './feed.js';
import { Others } from './others.js';
import { prepareFeeds } from './prepare-feeds.js';
import { beginBuild, lockRegistry } from './registry.js';
import { Roster } from './roster.js';

export interface RunnerParts {
  readonly ledger: Ledger;
  readonly database: ReadDatabase;
  readonly clock: Clock;
  readonly projections: readonly Projection[];
  /** How long another process may stand still before this one takes its place. */
  readonly takeoverMilliseconds?: number;
}
/** For the log: what happened, and the error behind it. */
export type Report = (note: string, error?: Error) => void;

const RETRY_MILLISECONDS = 1_000;
const TAKEOVER_MILLISECONDS = 5_000;

/**
 * Feeds the read models from the ledger, in the background, for as long as it runs. Two runners on one database are safe:
 * one of them is fenced off, stands by, and goes on when the other no longer does.
 */
export class ProjectionRunner extends ProjectionProgress {
  private readonly roster: Roster;
  private readonly channels = new Map<Channel, Promise<void>>();
  private running: Promise<void> | undefined;
  private readonly stopped = new AbortController();
  private report: Report = () => undefined;
  private others: Others | undefined;
  /** Ends the present session: all channels are closed, and everything is prepared again. */
  private endSession: (problem?: Error) => void = () => undefined;

  constructor(private readonly parts: RunnerParts) {
    super();
    this.roster = new Roster(parts.projections, parts.clock);
  }

  /** Returns at once: neither the hub nor its tokens wait for read models. */
  start(report: Report = () => undefined): void {
    this.report = report;
    this.running ??= this.run();
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.endSession();
    await this.running;
  }

  override projectionStatus(): readonly ProjectionStatus[] {
    const { state, problem } = this.parts.database.status();
    return this.roster.status(state === 'ready' ? undefined : (problem ?? `the database is ${state}`));
  }

  override waitFor(position: Position, timeoutMs: number): Promise<boolean> {
    return this.roster.reached(position, timeoutMs, async () => this.others?.look());
  }

  private async run(): Promise<void> {
    void this.parts.database.open();
    while (!this.stopped.signal.aborted) {
      try {
        await this.session(); // oxlint-disable-line no-await-in-loop
      } catch (error) {
        // That the database is not open yet is told by whoever opens it.
        if (!(error instanceof ReadModelUnavailable)) this.report('the read models have to begin again', error as Error);
        await pause(RETRY_MILLISECONDS, this.stopped.signal); // oxlint-disable-line no-await-in-loop
      }
    }
  }

  /** From preparing the tables to the first failure that concerns all, or to the stop. */
  private async session(): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => (this.endSession = (problem) => (problem ? reject(problem) : resolve())));
    // A session that ends while it is being prepared is noticed below.
    ended.catch(() => undefined);
    const { database, ledger, projections } = this.parts;
    const source = await database.dataSource();
    const feeds = await prepareFeeds(source, ledger, projections);
    const others = (this.others = new Others(source, this.roster));
    const watch = setInterval(() => void this.takeOver(others), this.parts.takeoverMilliseconds ?? TAKEOVER_MILLISECONDS).unref();
    this.roster.clear();
    try {
      if (!this.stopped.signal.aborted) for (const build of ['serving', 'next'] as const) this.follow(feeds.filter((feed) => feed.build === build));
      await ended;
    } finally {
      clearInterval(watch);
      this.others = undefined;
      for (const channel of this.channels.keys()) channel.stop();
      await Promise.allSettled(this.channels.values());
    }
  }

  /** Feeds that start together share one reading of the ledger. */
  private follow(feeds: readonly Feed[]): void {
    // Without a session nobody would end it; the next one finds what is to be fed in the database.
    if (feeds.length === 0 || !this.others) return;
    const after = feeds.reduce<Position>((first, { position }) => (isAfter(first, position) ? position : first), feeds[0]!.position);
    const channel: Channel = new Channel(this.parts.ledger, new Set(feeds), after, {
      moved: () => this.roster.moved(),
      caughtUp: (feed) => this.serve(feed),
      fenced: (feed) => this.fenced(feed),
      stopped: (feed, problem) => this.stopFeed(feed, problem),
      waiting: (problem) => this.report('the read models wait for their database', problem),
    });
    for (const feed of feeds) this.roster.follow(feed, channel);
    const done = channel.run()
      .catch((error: Error) => this.endSession(error))
      .finally(() => this.channels.delete(channel));
    this.channels.set(channel, done);
  }

  private async serve(feed: Feed): Promise<void> {
    try {
      await feed.serve();
      this.roster.moved();
    } catch (error) {
      if (!isRepetition(error)) throw error;
      await this.buildOnceMore(feed);
    }
  }

  private async buildOnceMore(feed: Feed): Promise<void> {
    const { projection } = feed;
    this.report(`${projection.name} is built once more, with a look at each row: an event stands twice in the ledger`);
    const source = await this.parts.database.dataSource();
    const registration = await source.transaction(async (manager) => {
      await lockRegistry(manager);
      return beginBuild(manager, projection, true);
    });
    this.roster.forget(feed);
    this.follow([new Feed(projection, registration, source)]);
  }

  private fenced(feed: Feed): void {
    if (this.roster.standBy(feed)) this.report(`${feed.projection.name} is fed by another process`);
  }

  private stopFeed(feed: Feed, problem: Error): void {
    this.roster.stop(feed, problem.message);
    this.report(`${feed.projection.name} has stopped`, problem);
  }

  private async takeOver(others: Others): Promise<void> {
    try {
      if (!others.areAny) return;
      const { still, lost } = await others.abandoned(await this.parts.ledger.head());
      if (this.others !== others) return;
      this.follow(still);
      if (!lost) return;
      // As after an upgrade during which an old node was restarted: it took over once more, and is gone now.
      this.report('another version of the hub has taken over read models and feeds them no more: they are built anew');
      this.endSession();
    } catch (error) {
      this.report('could not look at what other processes feed', error as Error);
    }
  }
}
