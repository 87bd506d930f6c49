import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openReadDatabase } from '../../src/platform/database/open-read-database.js';
import { boundHeaps } from '../../src/platform/heap-bounds.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { SystemClock } from '../../src/platform/system-clock.js';
import { allProjections } from '../../src/projections/all-projections.js';
import { ProjectionRunner } from '../../src/projections/feeding/runner.js';
import { answerParent } from '../child.js';
import { cpuSeconds } from '../servers/server-ready.js';
import { peakMegabytes } from '../servers/memory.js';

export interface RebuildOrder {
  readonly directory: string;
  /** PostgreSQL, in which a database of its own is made; undefined: PGlite in the directory, whose rows stay there. */
  readonly databaseUrl: string | undefined;
}
export interface RebuildResult {
  readonly events: number;
  readonly seconds: number;
  /** Of this process; PostgreSQL's own are not in it. */
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

const PATIENCE = 3_600_000;

// As src/main.ts does.
boundHeaps();

/** All read models at once, from nothing, as a node does it that starts beside an empty database. */
const rebuild = async (directory: string, databaseUrl: string | undefined): Promise<RebuildResult> => {
  const readModels = join(directory, 'read-models');
  if (databaseUrl === undefined) rmSync(readModels, { recursive: true, force: true });
  const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: Date.now });
  const { database } = openReadDatabase({ databaseUrl, directory: readModels });
  await database.open();
  const head = await ledger.head();
  const runner = new ProjectionRunner({ ledger, database, clock: new SystemClock(), projections: allProjections });
  try {
    const [began, cpu] = [performance.now(), cpuSeconds()];
    runner.start((note, error) => console.error(note, error ?? ''));
    if (!(await runner.waitFor(head, PATIENCE))) throw new Error(`the read models did not come up: ${JSON.stringify(runner.projectionStatus())}`);
    return { events: Number(head), seconds: (performance.now() - began) / 1000, cpuSeconds: cpuSeconds() - cpu, peakMegabytes: peakMegabytes() };
  } finally {
    await runner.stop();
    await database.close();
    await ledger.close();
  }
};

const inOwnDatabase = async (url: string, work: (url: string) => Promise<RebuildResult>): Promise<RebuildResult> => {
  const name = `mandate_growth_${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${name}`);
    const own = new URL(url);
    own.pathname = `/${name}`;
    return await work(own.href);
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  }
};

answerParent('ready', (order) => {
  const { directory, databaseUrl } = order as RebuildOrder;
  return databaseUrl === undefined ? rebuild(directory, undefined) : inOwnDatabase(databaseUrl, (url) => rebuild(directory, url));
});
