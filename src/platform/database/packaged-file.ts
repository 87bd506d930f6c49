import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// The types of Node leave it out.
declare const WebAssembly: { readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer } };
const PAGE = 65_536;

/**
 * A file of PGlite's package, in memory that does not come from malloc. As a Buffer its 9 MB would teach glibc, once they are
 * freed, to keep twice as much in each of its arenas for good.
 */
export const packagedFile = (name: string): Uint8Array<ArrayBuffer> => {
  const handle = openSync(join(dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite')), name), 'r');
  try {
    const { size } = fstatSync(handle);
    const bytes = new Uint8Array(new WebAssembly.Memory({ initial: Math.ceil(size / PAGE) }).buffer, 0, size);
    for (let at = 0; at < size;) at += readSync(handle, bytes, at, size - at, at);
    return bytes;
  } finally {
    closeSync(handle);
  }
};
