import { readFileSync, writeFileSync } from 'node:fs';
import { packagedFile } from './packaged-file.js';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type PGliteOptions, type Results } from '@electric-sql/pglite';
import pg from 'pg';
import type { Ask, Opening, PgliteResult, Told } from './pglite-messages.js';

// The types of Node leave it out.
declare const WebAssembly: { readonly Module: new (code: Uint8Array) => NonNullable<PGliteOptions['pgliteWasmModule']> };

const port = parentPort!;
const tell = (message: Told): void => port.postMessage(message);

/** Types for which PGlite would give other JavaScript values than pg does (int8, bytea, numeric, times, arrays, …). */
const OIDS = [
  16, 17, 20, 21, 23, 25, 26, 114, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1186, 1266, 1700, 2950, 3802,
  199, 1000, 1005, 1007, 1009, 1015, 1016, 1021, 1022, 1115, 1182, 1185, 1231, 2951, 3807,
];
const parsers = Object.fromEntries(OIDS.map((oid) => [oid, pg.types.getTypeParser(oid, 'text') as (value: string) => unknown]));
/** Parameters arrive as the text that pg would send; PGlite must not look at them again. */
const serializers = Object.fromEntries(OIDS.map((oid) => [oid, (value: unknown) => String(value)]));

const { dataDir, from, keepAs } = workerData as Opening;

const open = async (): Promise<PGlite> => {
  const db = new PGlite({
    dataDir,
    pgliteWasmModule: new WebAssembly.Module(packagedFile('pglite.wasm')),
    ...(from === undefined ? {} : { loadDataDir: new Blob([readFileSync(from)]) }),
    // Its own checkpoints hardly ever come: a small WAL and timed checkpoints keep the directory from growing without end.
    // Pages that are not in its 16 MB are a read from the system's own cache away; its default is eight times as much.
    startParams: [...PGlite.defaultStartParams, ...['max_wal_size=64MB', 'min_wal_size=32MB', 'wal_recycle=off', 'shared_buffers=16MB'].flatMap((setting) => ['-c', setting])],
  });
  await db.waitReady;
  if (keepAs !== undefined) writeFileSync(keepAs, new Uint8Array(await (await db.dumpDataDir('none')).arrayBuffer()));
  return db;
};

const resultOf = ({ rows, fields, affectedRows }: Results): PgliteResult => ({
  rows: rows as Record<string, unknown>[], fields, affected: affectedRows ?? rows.length,
});

const answer = async (db: PGlite, { kind, sql, parameters, rows }: Ask): Promise<readonly PgliteResult[]> => {
  switch (kind) {
    case 'query':
      return [resultOf(await db.query(sql, [...(parameters ?? [])], { parsers, serializers }))];
    case 'script':
      return (await db.exec(sql, { parsers })).map(resultOf);
    case 'copy':
      // Standard input is a file here.
      await db.query(sql.replace(/\bSTDIN\b/, `'/dev/blob'`), [], { blob: new Blob([rows!]) });
      return [];
    case 'listen':
      await db.listen(`"${sql}"`, (payload) => tell({ kind: 'notification', channel: sql, payload }));
      return [];
    case 'close':
      await db.close();
      return [];
  }
};

const faultOf = (error: unknown): { message: string; code: string | undefined; detail?: string | undefined; constraint?: string | undefined } => {
  const { message, code, detail, constraint } = error as { message: string; code?: string; detail?: string; constraint?: string };
  return { message, code, detail, constraint };
};

try {
  const db = await open();
  port.on('message', (ask: Ask) => {
    answer(db, ask).then(
      (results) => {
        tell({ kind: 'answer', id: ask.id, results });
        if (ask.kind === 'close') port.close();
      },
      (error: unknown) => tell({ kind: 'fault', id: ask.id, fault: faultOf(error) }),
    );
  });
  tell({ kind: 'open' });
} catch (error) {
  tell({ kind: 'unusable', message: (error as Error).message });
  port.close();
}
