import { closeSync, fsyncSync, openSync } from 'node:fs';

/** A name has to be as durable as what is written under it: without this it may be lost in a power cut although the content is on the disk. */
export const syncDirectory = (directory: string): void => {
  // Windows has no such call and does not need it.
  if (process.platform !== 'win32') sync(directory, 'r');
};

/** What was written into the file is on the disk when this returns. */
export const syncFile = (file: string): void => sync(file, 'r+');

const sync = (path: string, flags: 'r' | 'r+'): void => {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};
