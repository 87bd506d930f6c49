import type { Expected } from '../../domain/ports/ledger.js';
import type { EncodedEvent } from './stored-event.js';

/** What the threads of SqliteLedger say to each other. Lists are flat: cloning many small objects is what would cost. */
export type Packed = readonly (string | number)[];

export interface AppendRequest {
  readonly stream: string;
  readonly expected: Expected;
  readonly encoded: readonly EncodedEvent[];
}

export type SqliteRequest = { readonly n: number } & (
  | { readonly kind: 'commit'; readonly recordedAt: number; readonly appends: Packed }
  | { readonly kind: 'stream'; readonly stream: string; readonly from: number; readonly limit: number }
  | { readonly kind: 'all'; readonly after: number; readonly limit: number; readonly prefixes?: readonly string[] }
  | { readonly kind: 'import'; readonly rows: Packed }
  | { readonly kind: 'inspect' }
);

export const WRITTEN = 0;
export const REPEATED = 1;
export const CONFLICT = 2;

export interface CommitReply {
  /** Sequence of the last event before this commit. */
  readonly before: number;
  readonly recordedAt: number;
  /**
   * Three numbers for each append, in order: WRITTEN or REPEATED, then revision and sequence of its last event; or
   * CONFLICT, then the stream's last revision (-1: none) and 0.
   */
  readonly outcomes: readonly number[];
}

/** An imported event does not continue its stream. Nothing of the import was written. */
export class Misfit extends Error {
  override readonly name = 'Misfit';
}

export interface ImportReply {
  /** Of the last event. */
  readonly sequence: number;
}

export interface InspectReply {
  /** What SQLite finds wrong with the file. */
  readonly problems: readonly string[];
}

/** What each request is answered with. */
export interface SqliteReplies {
  readonly commit: CommitReply;
  readonly stream: RowsReply;
  readonly all: RowsReply;
  readonly import: ImportReply;
  readonly inspect: InspectReply;
}

/** Columns of a row in `rows`: sequence, stream, revision, recordedAt, id, type, metadata, data. */
export const ROW_WIDTH = 8;

export interface RowsReply {
  readonly rows: Packed;
  /** Everything up to this place (a sequence, or a revision of the stream) was looked at. */
  readonly next: number;
  readonly atEnd: boolean;
}

export type Failure = 'locked' | 'damaged' | 'misfit' | 'failed';
export type SqliteReply =
  | { readonly n: number; readonly value: SqliteReplies[keyof SqliteReplies] }
  /** `isLast`: the thread lets go of the file, and answers nothing more. */
  | { readonly n: number; readonly failure: Failure; readonly message: string; readonly isLast: boolean };
export type SqliteOpened = { readonly sequence: number } | { readonly failure: Failure; readonly message: string };

export const packAppends = (appends: readonly AppendRequest[]): Packed => {
  const packed: (string | number)[] = [];
  for (const { stream, expected, encoded } of appends) {
    packed.push(stream, expected, encoded.length);
    for (const { id, type, metadata, data } of encoded) packed.push(id, type, metadata, data);
  }
  return packed;
};

/** Members of an event in a list of appends. */
const EVENT_WIDTH = 4;

export const unpackAppends = (packed: Packed): readonly AppendRequest[] => {
  const appends: AppendRequest[] = [];
  for (let at = 0; at < packed.length; ) {
    const [stream, expected, count] = [packed[at] as string, packed[at + 1] as Expected, packed[at + 2] as number];
    const encoded: EncodedEvent[] = [];
    const end = at + 3 + count * EVENT_WIDTH;
    for (at += 3; at < end; at += EVENT_WIDTH)
      encoded.push({ id: packed[at] as string, type: packed[at + 1] as string, metadata: packed[at + 2] as string, data: packed[at + 3] as string });
    appends.push({ stream, expected, encoded });
  }
  return appends;
};

export interface ImportedRow {
  readonly stream: string;
  readonly revision: number;
  readonly recordedAt: number;
  readonly event: EncodedEvent;
}

/** Rows as `rows` has them; which place each had in the store that it comes from does not count. */
export function* unpackImport(packed: Packed): Generator<ImportedRow> {
  for (let at = 0; at < packed.length; at += ROW_WIDTH) {
    const [, stream, revision, recordedAt, id, type, metadata, data] = packed.slice(at, at + ROW_WIDTH) as [number, string, number, number, string, string, string, string];
    yield { stream, revision, recordedAt, event: { id, type, metadata, data } };
  }
}
