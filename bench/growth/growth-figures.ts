import type { LoadResult } from '../load/load-generator.js';
import { rounded } from '../figures.js';
import type { readHistories } from './histories.js';
import type { ReadResult } from './read-process.js';
import type { RebuildResult } from './rebuild-process.js';
import type { StartTimes } from '../servers/running-hub.js';

export interface Issuing {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}
export const issuingFigures = ({ done, seconds, p50, p99 }: Pick<LoadResult, 'done' | 'seconds' | 'p50' | 'p99'>): Issuing =>
  ({ perSecond: Math.round(done / seconds), p50Ms: rounded(p50), p99Ms: rounded(p99) });

export interface Reading {
  readonly eventsPerSecond: number;
  readonly peakMegabytes: number;
}
export const readingFigures = ({ events, seconds, peakMegabytes }: ReadResult): Reading => ({ eventsPerSecond: Math.round(events / seconds), peakMegabytes });

export interface Rebuilding extends Reading {
  readonly seconds: number;
}
export const rebuildingFigures = (result: RebuildResult): Rebuilding => ({ ...readingFigures(result), seconds: rounded(result.seconds, 1) });

export interface Memory {
  /** Resident megabytes of the hub's process, PGlite included. */
  readonly idle: number;
  readonly underLoad: number;
}

/** What one size of the ledger costs. */
export interface SizeFigures {
  readonly events: number;
  readonly ledgerMegabytes: number;
  readonly seededPerSecond?: number;
  readonly read: Reading;
  /** Known clients, read models closed, server pinned to a processor. */
  readonly issuance: Issuing & { readonly perCpuSecond: number };
  /** Clients that the server had not heard of since it began. */
  readonly firstToken: Issuing;
  /** Milliseconds to the first answer and the first token: read models still to be built, and built. */
  readonly start: { readonly bare: StartTimes; readonly built: StartTimes };
  readonly rebuild: { readonly pglite: Rebuilding; readonly postgresql?: Rebuilding };
  readonly memory: Memory;
  /** With the environment of the image, in which malloc gives back what compilers have freed. */
  readonly memoryOfImage?: Memory;
  readonly history?: { readonly quiet: Awaited<ReturnType<typeof readHistories>>; readonly busy: Awaited<ReturnType<typeof readHistories>> };
}

export interface GrowthFigures {
  readonly machine: string;
  readonly date: string;
  readonly pinned: boolean;
  readonly stolen: number | undefined;
  readonly quietEvents: number;
  readonly busyEvents: number;
  readonly sizes: readonly SizeFigures[];
}
