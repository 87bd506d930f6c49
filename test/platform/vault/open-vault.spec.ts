import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { openVault } from '../../../src/platform/vault/open-vault.js';
import { vaultDirectory } from './vault-directory.js';

const key = (fill: string): string => `${fill.repeat(43)}\n`;

describe('opening the vault', () => {
  let place: ReturnType<typeof vaultDirectory>;
  beforeEach(() => {
    place = vaultDirectory();
  });
  afterEach(() => place.end());

  const giveKey = (text: string, mode = 0o600): void => {
    mkdirSync(dirname(place.keyFile), { recursive: true });
    rmSync(place.keyFile, { force: true });
    writeFileSync(place.keyFile, text, { mode });
  };

  it('makes a key of 32 random bytes on the first start, for its owner alone', async () => {
    await (await place.open()).close();
    expect(Buffer.from(readFileSync(place.keyFile, 'utf8').trim(), 'base64url')).toHaveLength(32);
    expect(statSync(place.keyFile).mode & 0o777).toBe(0o600);
    expect(statSync(place.database).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(place.keyFile)).mode & 0o777).toBe(0o700);
  });

  it('keeps the key on every later start', async () => {
    await (await place.open()).close();
    const before = readFileSync(place.keyFile, 'utf8');
    await (await place.open()).close();
    expect(readFileSync(place.keyFile, 'utf8')).toBe(before);
  });

  it('takes the key that an operator has put there before the first start', async () => {
    giveKey(key('A'));
    await (await place.open()).close();
    expect(readFileSync(place.keyFile, 'utf8')).toBe(key('A'));
  });

  it('goes on after a crash between making the vault and making the key', async () => {
    writeFileSync(place.database, '');
    const vault = await place.open();
    await vault.secrets.put('t', 'session', { name: 'a', value: Buffer.from('x') });
    expect(existsSync(place.keyFile)).toBe(true);
  });

  it('never makes a new key for a vault that has one', async () => {
    await (await place.open()).close();
    renameSync(place.keyFile, `${place.keyFile}.away`);
    await expect(place.open()).rejects.toThrow(/keys\/master\.key is missing/);
    expect(existsSync(place.keyFile)).toBe(false);
    renameSync(`${place.keyFile}.away`, place.keyFile);
    await (await place.open()).close();
  });

  it('refuses another key', async () => {
    await (await place.open()).close();
    giveKey(key('A'));
    await expect(place.open()).rejects.toThrow(/is not the one that the vault/);
  });

  it.each([0o640, 0o604, 0o644, 0o660, 0o602])('refuses a key file of mode %o and says how to mend it', async (mode) => {
    giveKey(key('A'));
    chmodSync(place.keyFile, mode);
    await expect(place.open()).rejects.toThrow(`chmod 600 ${place.keyFile}`);
  });

  it.each(['', 'short\n', 'A'.repeat(44), key('='), `${'A'.repeat(42)}!`])('refuses a key file that holds no key: %j', async (content) => {
    giveKey(content);
    await expect(place.open()).rejects.toThrow(/holds no key/);
    expect(readFileSync(place.keyFile, 'utf8')).toBe(content);
  });

  it('refuses a second opener, in this process and in another, and lets the first go on', async () => {
    const vault = await place.open();
    await expect(openVault({ directory: place.directory })).rejects.toThrow(/Another Mandate process uses the vault/);
    const module = new URL('../../../src/platform/vault/open-vault.js', import.meta.url).href;
    const script = `import(${JSON.stringify(module)})
      .then(({ openVault }) => openVault({ directory: ${JSON.stringify(place.directory)} }))
      .then(() => console.log('opened'), (error) => console.log(error.message))
      .finally(() => process.exit());`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
    expect(stdout).toContain('Another Mandate process uses the vault');
    await vault.secrets.put('t', 'session', { name: 'a', value: Buffer.from('x') });
    await vault.close();
    await (await place.open()).close();
  });

  it('refuses a file that is no database', async () => {
    writeFileSync(place.database, 'this is a letter, not a database, and long enough to be looked at '.repeat(20));
    await expect(place.open()).rejects.toThrow(/vault\.db can't be opened/);
  });

  it('derives the same keys from the same file, and other keys from another', async () => {
    const mac = async (): Promise<string> => {
      const vault = await place.open();
      await vault.close();
      return vault.crypto.mac('purpose', 'text');
    };
    const first = await mac();
    expect(await mac()).toBe(first);
    rmSync(place.database);
    rmSync(place.keyFile);
    expect(await mac()).not.toBe(first);
  });
});
