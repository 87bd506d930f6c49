import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { SecretIntegrityError } from '../../../src/platform/vault/sqlite-secret-store.js';
import { openSqlite } from '../../../src/platform/sqlite.js';
import type { Vault } from '../../../src/platform/vault/open-vault.js';
import { vaultDirectory } from './vault-directory.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

describe('the secret store', () => {
  let place: ReturnType<typeof vaultDirectory>;
  let vault: Vault;
  beforeEach(async () => {
    place = vaultDirectory();
    vault = await place.open();
  });
  afterEach(() => place.end());

  /** Somebody with the file and an SQL shell, while the server is down. */
  const meddle = async (sql: string): Promise<void> => {
    await vault.close();
    const database = openSqlite(place.database);
    database.exec(sql);
    database.close();
    vault = await place.open();
  };

  it('gives back what was put, also after a restart, and the newest of two', async () => {
    await vault.secrets.put('t1', 'session', { name: 'a', value: bytes('one') });
    await vault.secrets.put('t1', 'session', { name: 'a', value: bytes('two') });
    await vault.secrets.put('t1', 'session', { name: 'empty', value: bytes('') });
    await vault.close();
    vault = await place.open();
    expect(text(await vault.secrets.get('t1', 'session', 'a'))).toBe('two');
    expect(text(await vault.secrets.get('t1', 'session', 'empty'))).toBe('');
  });

  it('keeps tenants and kinds apart', async () => {
    await vault.secrets.put('t1', 'session', { name: 'a', value: bytes('mine') });
    expect(await vault.secrets.get('t2', 'session', 'a')).toBeUndefined();
    expect(await vault.secrets.get('t1', 'password', 'a')).toBeUndefined();
  });

  it('never writes a secret to the disk in the clear', async () => {
    await vault.secrets.put('t1', 'password', { name: 'a', value: bytes('canary-7f3a91') });
    const written = () => Buffer.concat([readFileSync(place.database), readFileSync(`${place.database}-wal`)]);
    expect(written().includes('canary')).toBe(false);
    await vault.close();
    expect(readFileSync(place.database).includes('canary')).toBe(false);
  });

  it('leaves no copy of a deleted row in the file or its log', async () => {
    await vault.secrets.put('t1', 'subject-key', { name: 'usr_findme', value: bytes('k'.repeat(32)) });
    await vault.close();
    expect(readFileSync(place.database).includes('usr_findme')).toBe(true);
    vault = await place.open();
    await vault.secrets.delete('t1', 'subject-key', 'usr_findme');
    expect(readFileSync(`${place.database}-wal`).includes('usr_findme')).toBe(false);
    expect(readFileSync(place.database).includes('usr_findme')).toBe(false);
    expect(await vault.secrets.get('t1', 'subject-key', 'usr_findme')).toBeUndefined();
  });

  it.each([
    ['tenant', "UPDATE secret SET tenant = 't2'", ['t2', 'session', 'a']],
    ['kind', "UPDATE secret SET kind = 'password'", ['t1', 'password', 'a']],
    ['name', "UPDATE secret SET name = 'b'", ['t1', 'session', 'b']],
    ['key id', "UPDATE secret SET key_id = 'other'", ['t1', 'session', 'a']],
    ['expiry', 'UPDATE secret SET expires_at = expires_at + 1000000', ['t1', 'session', 'a']],
    ['absence of an expiry', 'UPDATE secret SET expires_at = NULL', ['t1', 'session', 'a']],
    ['tag', `UPDATE secret SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) ||
      CASE substr(sealed, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB)`, ['t1', 'session', 'a']],
    ['length', 'UPDATE secret SET sealed = substr(sealed, 1, 4)', ['t1', 'session', 'a']],
    ['nonce', "UPDATE secret SET nonce = x'000000000000000000000000'", ['t1', 'session', 'a']],
  ] as const)('VA-10: a row with another %s does not open', async (_, sql, [tenant, kind, name]) => {
    await vault.secrets.put('t1', 'session', { name: 'a', value: bytes('secret'), expiresAt: place.clock.seconds() + 60 });
    await meddle(sql);
    await expect(vault.secrets.get(tenant, kind, name)).rejects.toBeInstanceOf(SecretIntegrityError);
  });

  it('VA-10: a row put in the place of another does not open, even of the same kind', async () => {
    await vault.secrets.put('t1', 'session', { name: 'mine', value: bytes('m') });
    await vault.secrets.put('t1', 'session', { name: 'yours', value: bytes('y') });
    await meddle("UPDATE secret SET (nonce, sealed) = (SELECT nonce, sealed FROM secret WHERE name = 'yours') WHERE name = 'mine'");
    await expect(vault.secrets.get('t1', 'session', 'mine')).rejects.toBeInstanceOf(SecretIntegrityError);
    expect(text(await vault.secrets.get('t1', 'session', 'yours'))).toBe('y');
  });

  it('lets exactly one of 50 parallel callers be the first', async () => {
    const calls = Array.from({ length: 50 }, (_, n) => vault.secrets.putNew('t1', 'assertion-jti', { name: 'jti', value: bytes(`caller ${n}`) }));
    const won = (await Promise.all(calls)).flatMap((first, n) => (first ? [n] : []));
    expect(won).toHaveLength(1);
    expect(text(await vault.secrets.get('t1', 'assertion-jti', 'jti'))).toBe(`caller ${won[0]}`);
    await vault.close();
    vault = await place.open();
    expect(await vault.secrets.putNew('t1', 'assertion-jti', { name: 'jti', value: bytes('later') })).toBe(false);
  });

  it('forgets at the second of expiry, and then a new one may take the place', async () => {
    const expiresAt = place.clock.seconds() + 60;
    await vault.secrets.put('t1', 'session', { name: 'a', value: bytes('x'), expiresAt });
    place.clock.at = expiresAt * 1000 - 1;
    expect(text(await vault.secrets.get('t1', 'session', 'a'))).toBe('x');
    expect(await vault.secrets.putNew('t1', 'session', { name: 'a', value: bytes('y') })).toBe(false);
    place.clock.at = expiresAt * 1000;
    expect(await vault.secrets.get('t1', 'session', 'a')).toBeUndefined();
    expect(await vault.secrets.putNew('t1', 'session', { name: 'a', value: bytes('y') })).toBe(true);
    expect(text(await vault.secrets.get('t1', 'session', 'a'))).toBe('y');
  });

  it('sweeps what is over and nothing else', async () => {
    const now = place.clock.seconds();
    for (const [name, expiresAt] of [['over', now], ['later', now + 1]] as const) await vault.secrets.put('t1', 'session', { name, value: bytes(name), expiresAt });
    await vault.secrets.put('t1', 'session', { name: 'for ever', value: bytes('x') });
    expect(await vault.secrets.sweep(now)).toBe(1);
    expect(await vault.secrets.sweep(now)).toBe(0);
    expect(text(await vault.secrets.get('t1', 'session', 'later'))).toBe('later');
    expect(text(await vault.secrets.get('t1', 'session', 'for ever'))).toBe('x');
  });

  it('deletes by prefix, literally, in one tenant and kind', async () => {
    for (const name of ['usr_1.a', 'usr_1.ü', 'usr_1.', 'usr_10.a', 'usr_1', 'usr_%.a', "usr_1'"]) await vault.secrets.put('t1', 'session', { name, value: bytes(name) });
    await vault.secrets.put('t2', 'session', { name: 'usr_1.a', value: bytes('x') });
    await vault.secrets.put('t1', 'password', { name: 'usr_1.a', value: bytes('x') });
    expect(await vault.secrets.deleteAll('t1', 'session', 'usr_1.')).toBe(3);
    expect(await vault.secrets.deleteAll('t1', 'session', 'usr_%')).toBe(1);
    expect(text(await vault.secrets.get('t1', 'session', 'usr_10.a'))).toBe('usr_10.a');
    expect(text(await vault.secrets.get('t2', 'session', 'usr_1.a'))).toBe('x');
    expect(text(await vault.secrets.get('t1', 'password', 'usr_1.a'))).toBe('x');
  });

  it('finishes what is under way when it is closed, and refuses what comes after', async () => {
    const pending = Array.from({ length: 500 }, (_, n) => vault.secrets.put('t1', 'session', { name: `n${n}`, value: bytes('x') }));
    await vault.close();
    await expect(Promise.all(pending)).resolves.toHaveLength(500);
    await expect(vault.secrets.get('t1', 'session', 'n1')).rejects.toThrow('closed');
    await vault.close();
  });
});
