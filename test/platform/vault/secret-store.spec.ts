import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Vault } from '../../../src/platform/vault/open-vault.js';
import { SecretIntegrityError } from '../../../src/platform/vault/row-seal.js';
import { type BareRow, type VaultPlace, vaultPlaces } from './vault-places.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

describe.each(vaultPlaces)('the secret store $name', ({ skipped, make }) => {
  const when = skipped ? it.skip : it;
  let place: VaultPlace;
  let vault: Vault;
  beforeEach(async () => {
    if (skipped) return;
    place = await make();
    vault = await place.open();
  });
  afterEach(() => (skipped ? undefined : place.end()));

  /** Somebody with an SQL shell, while the server is down. */
  const meddle = async (change: Parameters<VaultPlace['meddle']>[0]): Promise<void> => {
    await vault.close();
    await place.meddle(change);
    vault = await place.open();
  };

  when('gives back what was put, also after a restart, and the newest of two', async () => {
    await vault.secrets.put('t1', 'session', { name: 'a', value: bytes('one') });
    await vault.secrets.put('t1', 'session', { name: 'a', value: bytes('two') });
    await vault.secrets.put('t1', 'session', { name: 'empty', value: bytes('') });
    await vault.close();
    vault = await place.open();
    expect(text(await vault.secrets.get('t1', 'session', 'a'))).toBe('two');
    expect(text(await vault.secrets.get('t1', 'session', 'empty'))).toBe('');
  });

  when('keeps tenants and kinds apart', async () => {
    await vault.secrets.put('t1', 'session', { name: 'a', value: bytes('mine') });
    expect(await vault.secrets.get('t2', 'session', 'a')).toBeUndefined();
    expect(await vault.secrets.get('t1', 'password', 'a')).toBeUndefined();
  });

  when('goes over one kind of all tenants in pages, each secret once, and counts them', async () => {
    const stored = [['t1', 'a'], ['t1', 'b'], ['t2', 'a'], ['t3', 'z']] as const;
    for (const [tenant, name] of stored) await vault.secrets.put(tenant, 'credential', { name, value: bytes(name) });
    for (const kind of ['aaa', 'zzz']) await vault.secrets.put('t2', kind, { name: 'other', value: bytes('x') });
    const seen: string[] = [];
    let after: Awaited<ReturnType<typeof vault.secrets.rewrite>>;
    do after = await vault.secrets.rewrite('credential', { after, limit: 2 }, async ({ tenant, name }, opened) => {
      seen.push(`${tenant}/${name}=${text(opened())}`);
      return undefined;
    });
    while (after);
    expect(seen.sort()).toEqual(['t1/a=a', 't1/b=b', 't2/a=a', 't3/z=z']);
    expect([await vault.secrets.count('credential'), await vault.secrets.count('nothing')]).toEqual([4, 0]);
    expect(await vault.secrets.names('t1', 'credential')).toEqual(['a', 'b']);
  });

  when('rewrites what it read, keeping its expiry, and nothing that was replaced or deleted meanwhile', async () => {
    const until = place.clock.seconds() + 60;
    for (const name of ['kept', 'replaced', 'deleted']) await vault.secrets.put('t1', 'credential', { name, value: bytes('old'), expiresAt: until });
    await vault.secrets.rewrite('credential', { after: undefined, limit: 10 }, async ({ name }) => {
      if (name === 'replaced') await vault.secrets.put('t1', 'credential', { name, value: bytes('newer') });
      if (name === 'deleted') await vault.secrets.delete('t1', 'credential', name);
      return bytes('rewritten');
    });
    const now = async () => Promise.all(['kept', 'replaced', 'deleted'].map(async (name) => text(await vault.secrets.get('t1', 'credential', name))));
    expect(await now()).toEqual(['rewritten', 'newer', undefined]);
    place.clock.at += 61_000;
    expect(await now()).toEqual([undefined, 'newer', undefined]);
  });

  when('writes no secret in the clear', async () => {
    await vault.secrets.put('t1', 'password', { name: 'a', value: bytes('canary-7f3a91') });
    await vault.close();
    const [row] = await place.rows();
    expect([row!.name, row!.key_id.length]).toEqual(['a', 16]);
    for (const part of [row!.name, row!.nonce, row!.sealed]) expect(Buffer.from(part as string).includes('canary')).toBe(false);
  });

  when.each([
    ['tenant', { tenant: 't2' }],
    ['kind', { kind: 'password' }],
    ['name', { name: 'b' }],
    ['key id', { key_id: 'other' }],
    ['expiry', { expires_at: 1_900_000_000 }],
    ['absence of an expiry', { expires_at: null }],
    ['tag', ({ sealed }: BareRow) => ({ sealed: Buffer.from([...sealed.slice(0, -1), sealed.at(-1)! ^ 1]) })],
    ['length', ({ sealed }: BareRow) => ({ sealed: sealed.slice(0, 4) })],
    ['nonce', { nonce: Buffer.alloc(12) }],
  ])('VA-10: a row with another %s does not open', async (_, change) => {
    await vault.secrets.put('t1', 'session', { name: 'a', value: bytes('secret'), expiresAt: place.clock.seconds() + 60 });
    let [tenant, kind, name] = ['', '', ''];
    await meddle(([row]) => {
      const changed = { ...row!, ...(typeof change === 'function' ? change(row!) : change) };
      ({ tenant, kind, name } = changed);
      return [changed];
    });
    await expect(vault.secrets.get(tenant, kind, name)).rejects.toBeInstanceOf(SecretIntegrityError);
  });

  when('VA-10: a row put in the place of another does not open, even of the same kind', async () => {
    await vault.secrets.put('t1', 'session', { name: 'mine', value: bytes('m') });
    await vault.secrets.put('t1', 'session', { name: 'yours', value: bytes('y') });
    await meddle((rows) => {
      const { nonce, sealed } = rows.find(({ name }) => name === 'yours')!;
      return rows.map((row) => ({ ...row, nonce, sealed }));
    });
    await expect(vault.secrets.get('t1', 'session', 'mine')).rejects.toBeInstanceOf(SecretIntegrityError);
    expect(text(await vault.secrets.get('t1', 'session', 'yours'))).toBe('y');
  });

  when('lets exactly one of 50 parallel callers be the first', async () => {
    const calls = Array.from({ length: 50 }, (_, n) => vault.secrets.putNew('t1', 'assertion-jti', { name: 'jti', value: bytes(`caller ${n}`) }));
    const won = (await Promise.all(calls)).flatMap((first, n) => (first ? [n] : []));
    expect(won).toHaveLength(1);
    expect(text(await vault.secrets.get('t1', 'assertion-jti', 'jti'))).toBe(`caller ${won[0]}`);
    await vault.close();
    vault = await place.open();
    expect(await vault.secrets.putNew('t1', 'assertion-jti', { name: 'jti', value: bytes('later') })).toBe(false);
  });

  when('forgets at the second of expiry, and then a new one may take the place', async () => {
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

  when('sweeps what is over and nothing else', async () => {
    const now = place.clock.seconds();
    for (const [name, expiresAt] of [['over', now], ['later', now + 1]] as const) await vault.secrets.put('t1', 'session', { name, value: bytes(name), expiresAt });
    await vault.secrets.put('t1', 'session', { name: 'for ever', value: bytes('x') });
    expect(await vault.secrets.sweep(now)).toBe(1);
    expect(await vault.secrets.sweep(now)).toBe(0);
    expect(text(await vault.secrets.get('t1', 'session', 'later'))).toBe('later');
    expect(text(await vault.secrets.get('t1', 'session', 'for ever'))).toBe('x');
  });

  when('deletes by prefix, literally, in one tenant and kind', async () => {
    for (const name of ['usr_1.a', 'usr_1.ü', 'usr_1.', 'usr_10.a', 'usr_1', 'usr_%.a', "usr_1'"]) await vault.secrets.put('t1', 'session', { name, value: bytes(name) });
    await vault.secrets.put('t2', 'session', { name: 'usr_1.a', value: bytes('x') });
    await vault.secrets.put('t1', 'password', { name: 'usr_1.a', value: bytes('x') });
    expect(await vault.secrets.deleteAll('t1', 'session', 'usr_1.')).toBe(3);
    expect(await vault.secrets.deleteAll('t1', 'session', 'usr_%')).toBe(1);
    expect(text(await vault.secrets.get('t1', 'session', 'usr_10.a'))).toBe('usr_10.a');
    expect(text(await vault.secrets.get('t2', 'session', 'usr_1.a'))).toBe('x');
    expect(text(await vault.secrets.get('t1', 'password', 'usr_1.a'))).toBe('x');
  });

  when('finishes what is under way when it is closed, and refuses what comes after', async () => {
    const pending = Array.from({ length: 500 }, (_, n) => vault.secrets.put('t1', 'session', { name: `n${n}`, value: bytes('x') }));
    await vault.close();
    await expect(Promise.all(pending)).resolves.toHaveLength(500);
    await expect(vault.secrets.get('t1', 'session', 'n1')).rejects.toThrow('closed');
    await vault.close();
  });
});
