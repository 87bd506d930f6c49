import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PgliteThread } from './pglite-thread.js';

/**
 * An empty database as one file beside the compiled code, made when it is first wanted: unpacking it takes a sixth of the
 * work of making one. Undefined where nothing may be written beside the code, such as in an image.
 */
export const emptyDatabase = async (): Promise<string | undefined> => {
  const file = fileURLToPath(new URL(`../../../pglite-${versionOfPglite()}.tar`, import.meta.url));
  if (existsSync(file)) return file;
  const unfinished = `${file}.${process.pid}.${performance.now()}`;
  try {
    closeSync(openSync(unfinished, 'wx', 0o600));
  } catch {
    return undefined;
  }
  try {
    const maker = await PgliteThread.open('memory://', { keepAs: unfinished });
    await maker.close();
    // Whoever else makes one at this moment makes the same one, and nobody ever sees half of it.
    renameSync(unfinished, file);
    return file;
  } finally {
    rmSync(unfinished, { force: true });
  }
};

const versionOfPglite = (): string => {
  const code = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  return (JSON.parse(readFileSync(join(dirname(code), '../package.json'), 'utf8')) as { version: string }).version;
};
