import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import type { Vault } from '../../../src/platform/vault/open-vault.js';
import { vaultDirectory } from './vault-directory.js';

describe('the vault\'s file', () => {
  let place: ReturnType<typeof vaultDirectory>;
  let vault: Vault;
  beforeEach(async () => {
    place = vaultDirectory();
    vault = await place.open();
  });
  afterEach(() => place.end());

  it('and its log never have a secret in the clear', async () => {
    await vault.secrets.put('t1', 'password', { name: 'a', value: Buffer.from('canary-7f3a91') });
    const written = () => Buffer.concat([readFileSync(place.database), readFileSync(`${place.database}-wal`)]);
    expect(written().includes('canary')).toBe(false);
    await vault.close();
    expect(readFileSync(place.database).includes('canary')).toBe(false);
  });

  it('and its log are for nobody but their owner from the beginning', () => {
    for (const file of [place.database, `${place.database}-wal`]) expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
  });

  it('and its log have no copy of a deleted row', async () => {
    await vault.secrets.put('t1', 'subject-key', { name: 'usr_findme', value: Buffer.from('k'.repeat(32)) });
    await vault.close();
    expect(readFileSync(place.database).includes('usr_findme')).toBe(true);
    vault = await place.open();
    await vault.secrets.delete('t1', 'subject-key', 'usr_findme');
    expect(readFileSync(`${place.database}-wal`).includes('usr_findme')).toBe(false);
    expect(readFileSync(place.database).includes('usr_findme')).toBe(false);
    expect(await vault.secrets.get('t1', 'subject-key', 'usr_findme')).toBeUndefined();
  });
});
