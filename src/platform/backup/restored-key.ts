import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from '../durable.js';
import { findMasterKey, keyFileIn } from '../vault/open-vault.js';

/** The master key that is there does not open the vault of the backup. */
export class WrongKey extends Error {
  override readonly name = 'WrongKey';
}

export type KeyFound = { readonly kind: 'missing' } | { readonly kind: 'there'; readonly title: string } | { readonly kind: 'brought'; readonly file: string };

/** The key in the directory or in the configuration. Throws WrongKey when it is another one: better now than at the start. */
export const keyFor = (vaultKey: string, { directory, masterKey }: { readonly directory: string; readonly masterKey: string | undefined }): KeyFound => {
  const { master, title } = findMasterKey({ directory, masterKey });
  if (!master) return { kind: 'missing' };
  if (master.id !== vaultKey) throw new WrongKey(`The ${title} is not the one that the vault of this backup was sealed with. Put the right key there, or none.`);
  return { kind: 'there', title };
};

/** Puts the key of the backup where the hub looks for it. */
export const bringKey = (directory: string, masterKey: string): KeyFound => {
  const file = keyFileIn(directory);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, `${masterKey}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  syncDirectory(dirname(file));
  return { kind: 'brought', file };
};
