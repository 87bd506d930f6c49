import { existsSync } from 'node:fs';
import type { Clock } from '../domain/ports/clock.js';
import type { Ledger } from '../domain/ports/ledger.js';
import { refuseHalfRestored } from './backup/restore-mark.js';
import type { Config } from './config.js';
import { type PoolOf, openReadDatabase } from './database/open-read-database.js';
import { UndiciGuardedFetch } from './guarded-fetch/undici-guarded-fetch.js';
import { ledgerFileIn } from './ledger/ledger-file.js';
import { SqliteLedger } from './ledger/sqlite-ledger.js';
import type { PlatformParts } from './platform.module.js';
import { SystemClock } from './system-clock.js';
import { type Vault, openVault, vaultFileIn } from './vault/open-vault.js';

export interface OpenParts extends PlatformParts {
  /** The read-model database for jobs, while it is open. */
  readonly pool: PoolOf;
  close(): Promise<void>;
}

/**
 * Opens what the configuration names. The vault comes first: its lock is what a second process runs into. The read-model
 * database is left to open in the background; `report` hears of its troubles.
 */
export const openParts = async (config: Config, report: (problem: string) => void): Promise<OpenParts> => {
  const clock = new SystemClock();
  const { dataDirectory: directory, databaseUrl, masterKey, vaultKeys: keys } = config;
  refuseHalfRestored(directory);
  const vault = await openVault({ directory, databaseUrl, masterKey, keys, clock });
  if (databaseUrl !== undefined && existsSync(vaultFileIn(directory))) report(`${vaultFileIn(directory)} is not used: with DATABASE_URL the vault is in PostgreSQL`);
  try {
    await tellOfKeys(vault, report);
    const ledger = await openLedger(config, clock);
    const fetch = new UndiciGuardedFetch({ clock, allowLoopback: config.allowLoopback });
    const settings = { publicUrl: config.publicUrl, allowLoopback: config.allowLoopback, trustedProxies: config.trustedProxies };
    const { database: readDatabase, pool } = openReadDatabase({ databaseUrl: config.databaseUrl, directory: `${config.dataDirectory}/read-models`, report });
    const close = async (): Promise<void> => {
      await readDatabase.close();
      await ledger.close();
      await vault.close();
    };
    return { clock, vault, ledger, fetch, settings, readDatabase, pool, close };
  } catch (error) {
    await vault.close();
    throw error;
  }
};

/** Tokens are issued without them, so a key service that is away does not keep the hub from starting. */
const tellOfKeys = async ({ keys }: Vault, report: (problem: string) => void): Promise<void> => {
  await keys.look();
  const { provider, problem } = keys.status();
  if (problem !== undefined) report(`no credential can be lent or stored until the keys (${provider}) can be used: ${problem}`);
};

const openLedger = async ({ eventStoreUrl, dataDirectory }: Config, clock: Clock): Promise<Ledger> => {
  if (eventStoreUrl === undefined) return SqliteLedger.open({ file: ledgerFileIn(dataDirectory), now: () => clock.now() });
  // Its client brings gRPC with it, which a hub on the embedded ledger has no room to spare for.
  const { EventStoreLedger } = await import('./ledger/event-store-ledger.js');
  return EventStoreLedger.connect({ url: eventStoreUrl });
};
