import { chmodSync, createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { syncDirectory, syncFile } from '../durable.js';
import { type ArchiveReport, readWhole } from './read-archive.js';

/** No backup can be written there. Nothing was. */
export class NoPlaceForBackup extends Error {
  override readonly name = 'NoPlaceForBackup';
}

/** Before anything is read out. Throws NoPlaceForBackup. */
export const checkPlace = (file: string): void => {
  if (existsSync(file)) throw new NoPlaceForBackup(`There is ${file} already, and a backup is never written over anything. Give it another name.`);
  if (!existsSync(dirname(file))) throw new NoPlaceForBackup(`There is no directory ${dirname(file)}.`);
};

/**
 * Writes a backup under another name, reads it back from the disk, and only then gives it its own: a file that is called
 * a backup is a whole one, whatever dies in between. Readable by its owner alone.
 */
export const writeArchive = async (file: string, lines: AsyncIterable<readonly string[]>, seen: (events: number) => void): Promise<ArchiveReport> => {
  const draft = `${file}.part`;
  checkPlace(file);
  // Of an earlier run that died.
  rmSync(draft, { force: true });
  try {
    // The lowest level is a fifth of the size already; higher ones cost several times the time for little more.
    await pipeline(Readable.from(textOf(lines)), createGzip({ level: 1 }), createWriteStream(draft, { flags: 'wx', mode: 0o600 }));
    chmodSync(draft, 0o600);
    syncFile(draft);
    const report = await readWhole(draft, seen);
    checkPlace(file);
    renameSync(draft, file);
    syncDirectory(dirname(file));
    return report;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
};

async function* textOf(lines: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const some of lines) yield some.map((line) => `${line}\n`).join('');
}
