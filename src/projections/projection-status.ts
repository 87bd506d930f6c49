import type { Position } from '../domain/kernel/event.js';

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  /**
   * 'building': read for the first time, nothing is shown yet. 'serving': shown and followed. 'standby': another process
   * feeds it. 'stopped': it met an event that it may not skip, see `problem`.
   */
  readonly state: 'building' | 'serving' | 'standby' | 'stopped';
  /** Everything up to here has been applied. */
  readonly position: Position;
  /** How old the oldest event is that it has not applied; 0 when there is none. */
  readonly lagSeconds: number;
  /** Streams that were set aside because an event of theirs could not be applied. */
  readonly parked: number;
  readonly problem?: string;
}

/** How far the read models are. */
export abstract class ProjectionProgress {
  abstract projectionStatus(): readonly ProjectionStatus[];
  /** True once every read model shows everything up to `position`; false when that takes longer. */
  abstract waitFor(position: Position, timeoutMs: number): Promise<boolean>;
}
