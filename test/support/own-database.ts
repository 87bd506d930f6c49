import { randomUUID } from 'node:crypto';
import pg from 'pg';

export const databaseUrl = process.env['DATABASE_URL'];

export interface OwnDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** An empty database for one spec on the server of DATABASE_URL, whose own database may be somebody's. */
export const ownDatabase = async (server = databaseUrl!): Promise<OwnDatabase> => {
  const name = `spec_${randomUUID().replaceAll('-', '')}`;
  const ask = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await ask(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => ask(`DROP DATABASE ${name} WITH (FORCE)`) };
};
