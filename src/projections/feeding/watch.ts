import { type Position, isAfter } from '../../domain/kernel/event.js';
import type { Clock } from '../../domain/ports/clock.js';
import type { Ledger } from '../../domain/ports/ledger.js';
import { isMissingTable } from '../database-problem.js';
import { pause } from '../pause.js';
import { ProjectionProgress, type ProjectionStatus } from '../projection-status.js';
import type { Projection } from '../projection.js';
import type { ReadDatabase } from '../read-database.js';
import { type Registration, registrations } from './registry.js';

export interface WatchParts {
  readonly ledger: Ledger;
  readonly database: ReadDatabase;
  readonly clock: Clock;
  readonly projections: readonly Projection[];
}
interface Behind {
  readonly target: Position;
  readonly since: number;
}

const LOOK_MILLISECONDS = 2_000;
const WAIT_MILLISECONDS = 50;

/** How far the read models are that other processes feed. This one looks, and writes nothing. */
export class ProjectionWatch extends ProjectionProgress {
  private seen: readonly Registration[] = [];
  private problem: string | undefined = 'not looked at yet';
  private looking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** What had been recorded when a read model was first seen to lack it. */
  private readonly behind = new Map<Projection, Behind>();

  constructor(private readonly parts: WatchParts) {
    super();
  }

  /** Looks now and then from now on, until `stop`. */
  start(): void {
    void this.parts.database.open().then(() => this.look());
    this.timer = setInterval(() => void this.look(), LOOK_MILLISECONDS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  override projectionStatus(): readonly ProjectionStatus[] {
    return this.parts.projections.map((projection) => this.statusOf(projection));
  }

  override async waitFor(position: Position, timeoutMs: number): Promise<boolean> {
    let over = false;
    const timer = setTimeout(() => (over = true), timeoutMs);
    try {
      for (;;) {
        await this.look(); // oxlint-disable-line no-await-in-loop
        if (this.parts.projections.every((projection) => this.has(projection, position))) return true;
        if (over) return false;
        await pause(WAIT_MILLISECONDS); // oxlint-disable-line no-await-in-loop
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    const { database, ledger, projections } = this.parts;
    try {
      const source = await database.dataSource();
      const head = await ledger.head();
      this.seen = await registrations(source.manager);
      for (const projection of projections) this.compare(projection, head);
      this.problem = undefined;
    } catch (error) {
      this.problem = isMissingTable(error) ? 'no process has begun to feed the read models' : (error as Error).message.split('\n')[0]!;
    }
  }

  private compare(projection: Projection, head: Position): void {
    const target = this.behind.get(projection)?.target;
    if (target !== undefined && this.has(projection, target)) this.behind.delete(projection);
    if (!this.behind.has(projection) && !this.has(projection, head)) this.behind.set(projection, { target: head, since: this.parts.clock.now() });
  }

  private has(projection: Projection, position: Position): boolean {
    const shown = this.shown(projection);
    return shown?.build === 'serving' && !isAfter(position, shown.position);
  }

  private shown({ name, version }: Projection): Registration | undefined {
    return this.seen.find((row) => row.name === name && row.version === version);
  }

  private statusOf(projection: Projection): ProjectionStatus {
    const { name, version } = projection;
    const row = this.shown(projection);
    const problem = this.problem ?? (row ? undefined : 'not begun');
    const told = problem === undefined ? {} : { problem };
    if (!row) return { name, version, state: 'building', position: '', lagSeconds: 0, parked: 0, ...told };
    const since = this.behind.get(projection)?.since;
    const lagSeconds = since === undefined ? 0 : Math.max(0, (this.parts.clock.now() - since) / 1000);
    return { name, version, position: row.position, lagSeconds, parked: row.parked.length, state: row.build === 'serving' ? 'standby' : 'building', ...told };
  }
}
