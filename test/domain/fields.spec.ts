import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readEventData } from '../../src/domain/kernel/catalogue.js';
import { userEvents } from '../../src/domain/user/user.events.js';
import { startHub } from '../support/hub.js';
import { type Vault, openVault } from '../../src/platform/vault/open-vault.js';

describe('sealed text', () => {
  let directory: string;
  let vault: Vault;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mandate-fields-'));
    vault = await openVault({ directory });
  });
  afterAll(async () => {
    await vault.close();
    rmSync(directory, { recursive: true });
  });
  const data = (name: string) => ({ userId: 'usr_1', email: 'a@b.example', name, roles: [] });

  it.each(['名', '😀', '\u{10ffff}', 'é', 'a'])('can be read back whatever it is made of: the longest name of %j', async (letter) => {
    const name = letter.repeat(200).slice(0, 200);
    const written = userEvents.UserRegistered.parse(data(name));
    const sealed = await vault.privacy.seal('tnt', 'usr_1', 'e.name', written.name);
    expect(readEventData('UserRegistered', 1, { ...written, name: sealed })).toMatchObject({ name: sealed });
  });

  it('is refused when it is longer than it may be, before it is sealed', () => {
    expect(() => userEvents.UserRegistered.parse(data('a'.repeat(201)))).toThrow(/name/);
  });
});

describe('a name that pretends to be sealed', () => {
  it('is refused, since the ledger could not give it back', async () => {
    const hub = await startHub();
    await expect(hub.user({ email: 'x@example.com', name: `sealed.v1.${'x'.repeat(600)}`, password: 'a long enough password' })).rejects.toMatchObject({ code: 'user.invalid' });
    await hub.close();
  });
});
