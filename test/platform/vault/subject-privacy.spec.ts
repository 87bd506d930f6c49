import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SubjectPrivacy } from '../../../src/platform/vault/subject-privacy.js';
import type { Vault } from '../../../src/platform/vault/open-vault.js';
import { vaultDirectory } from './vault-directory.js';

describe('sealing personal data', () => {
  let place: ReturnType<typeof vaultDirectory>;
  let vault: Vault;
  beforeEach(async () => {
    place = vaultDirectory();
    vault = await place.open();
  });
  afterEach(() => place.end());

  it.each(['Ada Lovelace', '', 'Zoë 😀 \u0000', 'x'.repeat(100_000)])('gives back what was sealed', async (text) => {
    const sealed = await vault.privacy.seal('t1', 'usr_1', 'event.name', text);
    expect(sealed).toMatch(/^sealed\.v1\.[\w-]{22}\.[\w-]{22,}$/);
    expect(await vault.privacy.open('t1', 'usr_1', 'event.name', sealed)).toBe(text);
  });

  it('gives another ciphertext each time, and the text is in none', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => vault.privacy.seal('t1', 'usr_1', 'b', 'Ada')));
    expect(one).not.toBe(two);
    expect(Buffer.from(one!.split('.').at(-1)!, 'base64url').includes('Ada')).toBe(false);
  });

  it('stays open after a restart, to any number of parallel first writers', async () => {
    const sealed = await Promise.all(Array.from({ length: 50 }, (_, n) => vault.privacy.seal('t1', 'usr_1', `b${n}`, `text ${n}`)));
    await vault.close();
    vault = await place.open();
    const opened = await Promise.all(sealed.map((text, n) => vault.privacy.open('t1', 'usr_1', `b${n}`, text)));
    expect(opened).toEqual(sealed.map((_, n) => `text ${n}`));
  });

  it('does not open in another place', async () => {
    const sealed = await vault.privacy.seal('t1', 'usr_1', 'event-1.name', 'Ada');
    await expect(vault.privacy.open('t1', 'usr_1', 'event-2.name', sealed)).rejects.toThrow('unable to authenticate');
  });

  it('does not open altered', async () => {
    const sealed = await vault.privacy.seal('t1', 'usr_1', 'b', 'Ada');
    const flipped = sealed.slice(0, -4) + (sealed.at(-4) === 'A' ? 'B' : 'A') + sealed.slice(-3);
    await expect(vault.privacy.open('t1', 'usr_1', 'b', flipped)).rejects.toThrow('unable to authenticate');
  });

  it.each(['', 'Ada', 'sealed.v1.', 'sealed.v2.AAAA.AAAA', 'sealed.v1.AAAA.AAAA'])('takes %j for no sealed text', async (text) => {
    await expect(vault.privacy.open('t1', 'usr_1', 'b', text)).rejects.toThrow('no sealed text');
  });

  it('gives nothing to another subject or tenant', async () => {
    const sealed = await vault.privacy.seal('t1', 'usr_1', 'b', 'Ada');
    await vault.privacy.seal('t1', 'usr_2', 'b', 'Bob');
    expect(await vault.privacy.open('t1', 'usr_2', 'b', sealed)).toBeUndefined();
    expect(await vault.privacy.open('t2', 'usr_1', 'b', sealed)).toBeUndefined();
  });

  it('is undone by erasing the subject: at once, after a restart, and when the person comes back', async () => {
    const sealed = await vault.privacy.seal('t1', 'usr_1', 'b', 'Ada');
    const neighbour = await vault.privacy.seal('t1', 'usr_2', 'b', 'Bob');
    await vault.privacy.open('t1', 'usr_1', 'b', sealed);
    await vault.privacy.erase('t1', 'usr_1');
    expect(await vault.privacy.open('t1', 'usr_1', 'b', sealed)).toBeUndefined();
    const again = await vault.privacy.seal('t1', 'usr_1', 'b', 'Ada again');
    expect(await vault.privacy.open('t1', 'usr_1', 'b', sealed)).toBeUndefined();
    expect(await vault.privacy.open('t1', 'usr_1', 'b', again)).toBe('Ada again');
    await vault.close();
    vault = await place.open();
    expect(await vault.privacy.open('t1', 'usr_1', 'b', sealed)).toBeUndefined();
    expect(await vault.privacy.open('t1', 'usr_2', 'b', neighbour)).toBe('Bob');
  });

  it('leaves no key in memory when it is read while it is erased', async () => {
    for (let round = 0; round < 20; round++) {
      const sealed = await vault.privacy.seal('t1', 'usr_1', 'b', 'Ada');
      const fresh = new SubjectPrivacy(vault.secrets);
      await Promise.all([fresh.open('t1', 'usr_1', 'b', sealed), fresh.erase('t1', 'usr_1'), fresh.open('t1', 'usr_1', 'b', sealed)]);
      expect(await fresh.open('t1', 'usr_1', 'b', sealed)).toBeUndefined();
      await vault.privacy.erase('t1', 'usr_1');
    }
  });

  it('works with more subjects than it keeps keys for', async () => {
    const small = new SubjectPrivacy(vault.secrets, 2);
    const sealed = [];
    for (let n = 0; n < 6; n++) sealed.push(await small.seal('t1', `usr_${n}`, 'b', `text ${n}`));
    for (const n of [0, 5, 1, 1, 4, 0, 3, 2]) expect(await small.open('t1', `usr_${n}`, 'b', sealed[n]!)).toBe(`text ${n}`);
  });
});
