import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory, syncFile } from '../durable.js';

/** What stands in a data directory that is being restored, and until its hub has recorded that it was. */
export interface RestoreMark {
  /** begun: the stores are not whole. done: they are; the next start records it. */
  readonly state: 'begun' | 'done';
  readonly restoreId: string;
  readonly file: string;
  readonly backupId: string;
  /** NumericDate. */
  readonly takenAt: number;
  readonly through: string;
  readonly sessions: 'ended' | 'kept';
  /** The restore brought the master key, so beginning again takes it away with the rest. */
  readonly broughtKey: boolean;
  readonly events: number;
  readonly ledgerDigest: string;
  readonly firstEventId?: string;
}

/** The stores are the half of something. Nothing may be begun on them. */
export class HalfRestored extends Error {
  override readonly name = 'HalfRestored';
}

const markIn = (directory: string): string => join(directory, 'restore.json');

export const readMark = (directory: string): RestoreMark | undefined =>
  existsSync(markIn(directory)) ? (JSON.parse(readFileSync(markIn(directory), 'utf8')) as RestoreMark) : undefined;

/** Replaced as a whole and durable when it returns: a crash leaves the one before or this one. */
export const writeMark = (directory: string, mark: RestoreMark): void => {
  const draft = `${markIn(directory)}.new`;
  writeFileSync(draft, `${JSON.stringify(mark, null, 2)}\n`, { mode: 0o600 });
  syncFile(draft);
  renameSync(draft, markIn(directory));
  syncDirectory(directory);
};

export const removeMark = (directory: string): void => {
  rmSync(markIn(directory), { force: true });
  syncDirectory(directory);
};

/** Throws HalfRestored with what to do. */
export const refuseHalfRestored = (directory: string): void => {
  const mark = readMark(directory);
  if (mark?.state === 'begun')
    throw new HalfRestored(`${directory} is half restored: restoring ${mark.file} was interrupted. Run npx mandate restore ${mark.file} again, or empty the directory.`);
};
