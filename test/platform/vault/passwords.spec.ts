import { describe, expect, it } from '@jest/globals';
import { Argon2Passwords } from '../../../src/platform/vault/argon2-passwords.js';

const passwords = new Argon2Passwords();

describe('a password', () => {
  it('is kept as argon2id at the floor of OWASP, salted', async () => {
    const [one, two] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('opens with itself only, however its characters were composed', async () => {
    const hash = await passwords.hash('Zo\u00eb 1');
    expect(await passwords.verify('Zo\u00eb 1', hash)).toBe(true);
    expect(await passwords.verify('Zoe\u0308 1', hash)).toBe(true);
    for (const wrong of ['Zoe 1', 'zo\u00eb 1', '', 'Zo\u00eb 1 ']) expect(await passwords.verify(wrong, hash)).toBe(false);
  });

  it('of an unknown user is never right, and is looked at all the same', async () => {
    expect(await passwords.verify('', undefined)).toBe(false);
    const work = async (hash: string | undefined): Promise<number> => {
      const before = process.cpuUsage();
      for (let n = 0; n < 8; n++) await passwords.verify('wrong', hash);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const known = await passwords.hash('right');
    await work(undefined);
    // CPU time, not the clock: a skipped verification would cost a thousandth.
    expect(await work(undefined)).toBeGreaterThan((await work(known)) / 4);
  });
});
