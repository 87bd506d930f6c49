import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ledgerFileIn } from '../ledger/ledger-file.js';
import { keyFileIn, vaultFileIn } from '../vault/open-vault.js';
import { readMark } from './restore-mark.js';

/** Something stands where a backup is to be restored. Nothing was touched. */
export class NotEmpty extends Error {
  override readonly name = 'NotEmpty';
}

/** Makes the directory if need be, and takes away what an interrupted restore left. Throws NotEmpty when anything else is in it. */
export const makeRoom = (directory: string): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // While its mark says so, no hub has ever started here: all of it came from a backup.
  if (readMark(directory)?.state === 'begun') return clear(directory);
  const others = readdirSync(directory).filter((name) => name !== 'restore.json.new' && !(name === 'keys' && hasNothingButKey(directory)));
  if (others.length === 0) return;
  throw new NotEmpty(`${directory} is not empty (${others.slice(0, 3).join(', ')}). A backup is restored into an empty directory only: move the old one away, or set MANDATE_DATA to another.`);
};

/** The stores and the key that a restore brought; what its owner had put there stays. */
export const clear = (directory: string): void => {
  const files = [ledgerFileIn(directory), vaultFileIn(directory)].flatMap((file) => [file, `${file}-wal`, `${file}-journal`]);
  if (readMark(directory)?.broughtKey) files.push(keyFileIn(directory));
  for (const file of files) rmSync(file, { force: true });
  for (const name of existsSync(directory) ? readdirSync(directory) : []) if (name.startsWith('ledger.db.new-')) rmSync(join(directory, name), { force: true });
};

const hasNothingButKey = (directory: string): boolean => readdirSync(join(directory, 'keys')).every((name) => name === 'master.key');
