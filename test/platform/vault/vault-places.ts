import { randomUUID } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import pg from 'pg';
import { openSqlite } from '../../../src/platform/sqlite.js';
import { type Vault, openVault } from '../../../src/platform/vault/open-vault.js';
import { databaseUrl, ownDatabase } from '../../support/own-database.js';
import { type StillClock, vaultDirectory } from './vault-directory.js';

/** A row as somebody with the disk and an SQL shell sees it. */
export interface BareRow {
  tenant: string;
  kind: string;
  name: string;
  key_id: string;
  expires_at: number | string | null;
  nonce: Uint8Array;
  sealed: Uint8Array;
}

/** A vault of one spec, and the ways to spoil it while no hub is looking. */
export interface VaultPlace {
  readonly directory: string;
  readonly keyFile: string;
  readonly clock: StillClock;
  readonly url: string | undefined;
  open(): Promise<Vault>;
  rows(): Promise<readonly BareRow[]>;
  meddle(change: (rows: readonly BareRow[]) => readonly BareRow[]): Promise<void>;
  end(): Promise<void>;
}
export interface VaultPlaceKind {
  readonly name: string;
  readonly skipped: boolean;
  make(): Promise<VaultPlace>;
}

const COLUMNS = ['tenant', 'kind', 'name', 'key_id', 'expires_at', 'nonce', 'sealed'] as const;
const valuesOf = (row: BareRow): unknown[] => COLUMNS.map((column) => row[column]);

/** As SQL has it. */
const literal = (value: unknown): string =>
  value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

const inFile = async (): Promise<VaultPlace> => {
  const place = vaultDirectory();
  // From a copy: a statement that was prepared keeps its file locked for as long as it is not collected.
  const rows = async (): Promise<readonly BareRow[]> => {
    const copy = `${place.database}.copy-${randomUUID()}`;
    copyFileSync(place.database, copy);
    return openSqlite(copy).prepare('SELECT * FROM secret').all() as BareRow[];
  };
  return {
    ...place, rows, url: undefined,
    meddle: async (change) => {
      const changed = change(await rows());
      const database = openSqlite(place.database);
      database.exec('DELETE FROM secret');
      for (const row of changed) database.exec(`INSERT INTO secret (${COLUMNS.join()}) VALUES (${valuesOf(row).map(literal).join()})`);
      database.close();
    },
    end: () => place.end(),
  };
};

const inPostgres = async (): Promise<VaultPlace> => {
  const { url, drop } = await ownDatabase();
  const place = vaultDirectory();
  const open: Vault[] = [];
  const bare = new pg.Pool({ connectionString: url, max: 1 });
  const rows = async () => (await bare.query<BareRow>('SELECT * FROM mandate_vault.secret')).rows;
  return {
    ...place, url, rows,
    open: async () => {
      const vault = await openVault({ directory: place.directory, databaseUrl: url, clock: place.clock });
      open.push(vault);
      return vault;
    },
    meddle: async (change) => {
      const changed = change(await rows());
      await bare.query('DELETE FROM mandate_vault.secret');
      for (const row of changed) await bare.query(`INSERT INTO mandate_vault.secret (${COLUMNS.join()}) VALUES ($1, $2, $3, $4, $5, $6, $7)`, valuesOf(row));
    },
    end: async () => {
      await Promise.all(open.map((vault) => vault.close()));
      await place.end();
      await bare.end();
      await drop();
    },
  };
};

export const vaultPlaces: readonly VaultPlaceKind[] = [
  { name: 'in its file', skipped: false, make: inFile },
  { name: 'in PostgreSQL (set DATABASE_URL to run it)', skipped: databaseUrl === undefined, make: inPostgres },
];
