import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import type { CopyingConnection } from '../../projections/read-database.js';
import { NoticingClient } from './noticing-client.js';

/** A pg client that takes rows by COPY too. */
class CopyingClient extends NoticingClient implements CopyingConnection {
  async copyRows(statement: string, rows: string): Promise<void> {
    const stream = this.query(from(statement));
    stream.end(rows);
    await finished(stream);
  }
}

class CopyingPool extends pg.Pool {
  constructor(options: pg.PoolConfig) {
    super({ ...options, Client: CopyingClient } as unknown as pg.PoolConfig);
  }
}

/** pg, for TypeORM, with clients that can do so. */
export const copyingDriver = { ...pg, Pool: CopyingPool };
