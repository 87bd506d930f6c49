import { existsSync, renameSync } from 'node:fs';
import { type VaultOptions, findMasterKey, openVaultFile, vaultFileIn } from './open-vault.js';
import { PostgresRows } from './postgres-rows.js';
import { RowSeal } from './row-seal.js';
import type { SealedRow, SealedRows } from './sealed-rows.js';

const PAGE = 500;

export interface CopiedVault {
  readonly rows: number;
  /** What the file is called now: it is used no more. */
  readonly movedTo: string;
}

/**
 * Moves `vault.db` into PostgreSQL, where there may be no vault yet: all rows or none, as they are sealed, each opened once
 * here and once there. Then the file gets another name, so that nobody takes it for the vault. Rejects with a sentence.
 */
export const copyVault = async (options: VaultOptions & { readonly databaseUrl: string }): Promise<CopiedVault> => {
  const file = vaultFileIn(options.directory);
  if (!existsSync(file)) throw new Error(`There is no ${file}: nothing to copy.`);
  const from = await openVaultFile(options.directory);
  let rows: number;
  try {
    const to = await PostgresRows.open(options.databaseUrl);
    try {
      rows = await to.alone(() => copyRows(from, to, options));
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
  const movedTo = `${file}.moved`;
  renameSync(file, movedTo);
  return { rows, movedTo };
};

const copyRows = async (from: SealedRows, to: PostgresRows, options: VaultOptions): Promise<number> => {
  const sealedWith = await from.keyId();
  const { master, title } = findMasterKey(options);
  if (!master) throw new Error(`The ${title} of ${from.title} is missing. Restore it.`);
  if (master.id !== sealedWith) throw new Error(`The ${title} is not the one that ${from.title} was sealed with. Restore the right key.`);
  if ((await to.keyId()) !== undefined) throw new Error('There is a vault in PostgreSQL already. Nothing was copied.');
  const seal = new RowSeal(master);
  const written = await to.fill(master.id, opened(from, seal));
  let found = 0;
  for await (const page of opened(to, seal)) found += page.length;
  if (found !== written) throw new Error(`PostgreSQL holds ${found} of ${written} secrets. ${from.title} is as it was; drop the schema mandate_vault and try again.`);
  return written;
};

/** Page by page; throws SecretIntegrityError at a row that does not open. */
async function* opened(rows: SealedRows, seal: RowSeal): AsyncGenerator<readonly SealedRow[]> {
  for (let page = await rows.page(undefined, PAGE); page.length > 0; page = await rows.page(page.at(-1), PAGE)) {
    for (const row of page) seal.open(row);
    yield page;
  }
}
