import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from '../../../src/domain/ports/clock.js';
import { type Vault, openVault } from '../../../src/platform/vault/open-vault.js';

/** Time stands still until somebody moves it. */
export class StillClock extends Clock {
  constructor(public at = 1_800_000_000_000) {
    super();
  }
  override now(): number {
    return this.at;
  }
}

/** A data directory that is removed by `end`, with every vault that was opened in it. */
export const vaultDirectory = () => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-vault-'));
  const clock = new StillClock();
  const open: Vault[] = [];
  return {
    directory, clock,
    database: join(directory, 'vault.db'),
    keyFile: join(directory, 'keys', 'master.key'),
    async open(): Promise<Vault> {
      const vault = await openVault({ directory, clock });
      open.push(vault);
      return vault;
    },
    async end(): Promise<void> {
      await Promise.all(open.map((vault) => vault.close()));
      rmSync(directory, { recursive: true });
    },
  };
};
