import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { VaultPlace } from '../../../src/domain/ports/credential-vault.js';
import { KeyProvider, KeysUnavailable, type WrappedKey } from '../../../src/domain/ports/key-provider.js';
import { EnvelopeVault } from '../../../src/platform/vault/envelope-vault.js';
import { LocalKeyProvider } from '../../../src/platform/vault/keys/local-key-provider.js';
import type { Vault } from '../../../src/platform/vault/open-vault.js';
import { vaultDirectory } from './vault-directory.js';

const PLACE: VaultPlace = { tenant: 'tnt_a', connectionId: 'con_1', credentialId: 'crd_1', secretId: 'sec_1', part: 'access' };
const rowOf = ({ credentialId, secretId, part }: VaultPlace): string => `${credentialId}.${secretId}.${part}`;

/** A provider that can be away, over one that works. */
class Faulty extends KeyProvider {
  override readonly kind = 'local';
  isAway = false;
  asked = 0;
  constructor(private readonly inner: KeyProvider) {
    super();
  }
  #here(): KeyProvider {
    this.asked += 1;
    if (this.isAway) throw new KeysUnavailable('the key service does not answer');
    return this.inner;
  }
  override current = async () => this.#here().current();
  override wrap = async (key: Uint8Array, binding: Record<string, string>) => this.#here().wrap(key, binding);
  override unwrap = async (wrapped: WrappedKey, binding: Record<string, string>) => this.#here().unwrap(wrapped, binding);
  override rotate = async (name: string) => this.#here().rotate(name);
  override retire = async (keyId: string) => this.#here().retire(keyId);
  override leave = async () => this.#here().leave();
  override outdated = async () => this.#here().outdated();
  override close = async () => undefined;
}

describe('the credentials\' vault', () => {
  const place = vaultDirectory();
  let opened: Vault;
  let local: LocalKeyProvider;
  let vault: EnvelopeVault;
  beforeAll(async () => {
    opened = await place.open();
    local = new LocalKeyProvider(opened.secrets);
    vault = new EnvelopeVault(opened.secrets, [local], place.clock);
  });
  afterAll(() => place.end());
  const raw = async (at: VaultPlace): Promise<Uint8Array> => (await opened.secrets.get(at.tenant, 'credential', rowOf(at)))!;
  const plant = (at: VaultPlace, value: Uint8Array) => opened.secrets.put(at.tenant, 'credential', { name: rowOf(at), value });

  it('gives back what was put there, and nothing where nothing is', async () => {
    await vault.seal(PLACE, 'gho_secret ✓');
    expect(await vault.open(PLACE)).toBe('gho_secret ✓');
    expect(await vault.open({ ...PLACE, secretId: 'sec_2' })).toBeUndefined();
    expect(await vault.open({ ...PLACE, tenant: 'tnt_b' })).toBeUndefined();
  });

  it('gives each secret a data key of its own, even when it is the same secret', async () => {
    await vault.seal({ ...PLACE, secretId: 'sec_same' }, 'gho_secret ✓');
    const [one, two] = [await raw(PLACE), await raw({ ...PLACE, secretId: 'sec_same' })].map((bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, string>);
    expect([one!['wrapped'] === two!['wrapped'], one!['sealed'] === two!['sealed']]).toEqual([false, false]);
    expect(Buffer.from(await raw(PLACE)).includes('gho_')).toBe(false);
  });

  it.each<readonly [string, Partial<VaultPlace>]>([
    ['tenant', { tenant: 'tnt_b' }], ['connection', { connectionId: 'con_2' }], ['credential', { credentialId: 'crd_2' }], ['version', { secretId: 'sec_9' }], ['part', { part: 'refresh' }],
  ])('opens no envelope that was moved to another %s (VA-10)', async (_, change) => {
    await vault.seal(PLACE, 'moved');
    const elsewhere = { ...PLACE, ...change };
    // Put there by the store itself, so that the row's own seal is right and only the envelope can tell.
    await plant(elsewhere, await raw(PLACE));
    await expect(vault.open(elsewhere)).rejects.toThrow(expect.objectContaining({ name: 'VaultIntegrityError' }));
  });

  it('opens nothing of which one bit was turned, wherever it is', async () => {
    await vault.seal(PLACE, 'a secret');
    const good = Buffer.from(await raw(PLACE)).toString('utf8');
    for (const member of ['wrapped', 'sealed']) {
      const envelope = JSON.parse(good) as Record<string, string>;
      const bytes = Buffer.from(envelope[member]!, 'base64');
      for (const at of [0, 13, bytes.length - 1]) {
        const turned = Buffer.from(bytes);
        turned[at]! ^= 1;
        await plant(PLACE, Buffer.from(JSON.stringify({ ...envelope, [member]: turned.toString('base64') })));
        await expect(new EnvelopeVault(opened.secrets, [local], place.clock).open(PLACE)).rejects.toThrow(expect.objectContaining({ name: 'VaultIntegrityError' }));
      }
    }
    await plant(PLACE, Buffer.from('{}'));
    await expect(vault.open(PLACE)).rejects.toThrow('no envelope');
  });

  it('shreds one version, or all of a credential and of no other whose id begins alike', async () => {
    const [first, second, other] = [{ ...PLACE, credentialId: 'crd_x', secretId: 's1' }, { ...PLACE, credentialId: 'crd_x', secretId: 's2' }, { ...PLACE, credentialId: 'crd_xy', secretId: 's1' }];
    for (const at of [first!, second!, other!]) await vault.seal(at, 'v');
    await vault.shred('tnt_a', 'crd_x', 's1');
    expect([await vault.open(first!), await vault.open(second!)]).toEqual([undefined, 'v']);
    await vault.shred('tnt_a', 'crd_x');
    expect([await vault.open(second!), await vault.open(other!)]).toEqual([undefined, 'v']);
  });

  it('goes on for five minutes with what it has opened when the keys are away, and then says that it can\'t (F-26)', async () => {
    const faulty = new Faulty(local);
    const far = new EnvelopeVault(opened.secrets, [faulty], place.clock);
    await far.seal(PLACE, 'kept');
    expect(await far.open(PLACE)).toBe('kept');
    faulty.isAway = true;
    place.clock.at += 299_000;
    expect(await far.open(PLACE)).toBe('kept');
    await expect(far.open({ ...PLACE, secretId: 'sec_same' })).rejects.toThrow(expect.objectContaining({ name: 'VaultUnavailable' }));
    place.clock.at += 2_000;
    await expect(far.open(PLACE)).rejects.toThrow(expect.objectContaining({ name: 'VaultUnavailable' }));
    await expect(far.seal(PLACE, 'x')).rejects.toThrow(expect.objectContaining({ name: 'VaultUnavailable' }));
    faulty.isAway = false;
    const before = faulty.asked;
    expect([await far.open(PLACE), await far.open(PLACE), faulty.asked - before]).toEqual(['kept', 'kept', 1]);
  });

  it('agrees on one first key when two nodes begin at once', async () => {
    const fresh = vaultDirectory();
    const { secrets } = await fresh.open();
    const ids = await Promise.all(Array.from({ length: 8 }, () => new LocalKeyProvider(secrets).current()));
    expect(new Set(ids).size).toBe(1);
    const [one, two] = [new LocalKeyProvider(secrets), new LocalKeyProvider(secrets)];
    const wrapped = await one.wrap(Buffer.alloc(32, 7), { a: 'b' });
    expect(Buffer.from(await two.unwrap(wrapped, { a: 'b' }))).toEqual(Buffer.alloc(32, 7));
    await expect(two.unwrap(wrapped, { a: 'c' })).rejects.toThrow('does not open');
    await fresh.end();
  });
});
