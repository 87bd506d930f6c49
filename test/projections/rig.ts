import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Ledger } from '../../src/domain/ports/ledger.js';
import { MemoryLedger } from '../support/memory-ledger.js';
import { openReadDatabase } from '../../src/platform/database/open-read-database.js';
import { allProjections } from '../../src/projections/all-projections.js';
import type { Projection } from '../../src/projections/projection.js';
import type { ReadDatabase } from '../../src/projections/read-database.js';
import { ReadModels } from '../../src/projections/read-models.js';
import { ProjectionRunner } from '../../src/projections/feeding/runner.js';
import { TestClock } from '../support/test-clock.js';

const databaseUrl = process.env['DATABASE_URL'];

/** Databases under the read models; the spec's title says why one is left out. */
export const databases = [
  { name: 'PGlite', url: undefined, skipped: undefined },
  { name: 'PostgreSQL', url: databaseUrl, skipped: databaseUrl === undefined ? 'DATABASE_URL is not set' : undefined },
] as const;

export interface Place {
  readonly database: ReadDatabase;
  readonly source: DataSource;
  /** Drops what the test before has built. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

/** A database for one spec. The one of DATABASE_URL may be somebody's: there it is a schema that goes away again. */
export const openPlace = async (url: string | undefined): Promise<Place> => {
  const schema = `spec_${randomUUID().replaceAll('-', '')}`;
  const admin = url === undefined ? undefined : new pg.Pool({ connectionString: url, max: 1 });
  await admin?.query(`CREATE SCHEMA ${schema}`);
  const databaseUrl = url && `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(`-c search_path=${schema}`)}`;
  const { database } = openReadDatabase({ databaseUrl, directory: 'memory://' });
  await database.open();
  const source = await database.dataSource();
  return {
    database, source,
    empty: async () => {
      const rows = await source.query<{ name: string }[]>('SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()');
      for (const { name } of rows) await source.query(`DROP TABLE IF EXISTS ${name} CASCADE`);
    },
    close: async () => {
      await database.close();
      await admin?.query(`DROP SCHEMA ${schema} CASCADE`);
      await admin?.end();
    },
  };
};

/** A ledger, its read models, and the waiting that a test does between the two. */
export class Rig {
  readonly clock = new TestClock();
  readonly models: ReadModels;
  /** What the runners have told the log. */
  readonly notes: string[] = [];
  private readonly runners: ProjectionRunner[] = [];

  constructor(readonly database: ReadDatabase, readonly ledger: Ledger = new MemoryLedger(() => Date.parse('2026-11-24T12:00:00.000Z'))) {
    this.models = new ReadModels(database);
  }

  /** One that still has to be started. */
  runner(projections: readonly Projection[] = allProjections): ProjectionRunner {
    const { ledger, database, clock } = this;
    const runner = new ProjectionRunner({ ledger, database, clock, projections, takeoverMilliseconds: 200 });
    this.runners.push(runner);
    return runner;
  }

  start(projections: readonly Projection[] = allProjections): ProjectionRunner {
    const runner = this.runner(projections);
    runner.start((note) => this.notes.push(note));
    return runner;
  }

  /** Everything that is in the ledger now is in the read models. */
  async settled(runner: ProjectionRunner): Promise<void> {
    if (!(await runner.waitFor(await this.ledger.head(), 20_000))) throw new Error(`the read models stay behind: ${JSON.stringify(runner.projectionStatus())}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.runners.splice(0).map((runner) => runner.stop()));
    await this.ledger.close();
  }
}

/** One place for the suite, and for each of its tests an empty one with a rig of its own. */
export const before = (url: string | undefined, each: (place: Place, rig: Rig) => void): void => {
  let place: Place;
  let rig: Rig;
  beforeAll(async () => {
    place = await openPlace(url);
  }, 60_000);
  beforeEach(() => {
    rig = new Rig(place.database);
    each(place, rig);
  });
  afterEach(async () => {
    await rig.close();
    await place.empty();
  });
  afterAll(() => place.close());
};
