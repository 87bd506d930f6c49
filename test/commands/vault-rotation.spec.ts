import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ContinueVaultRotation } from '../../src/commands/vault/continue-vault-rotation.js';
import { RotateVaultKeys } from '../../src/commands/vault/rotate-vault-keys.js';
import { Write } from '../../src/commands/write.js';
import { credential } from '../../src/domain/credential/credential.decider.js';
import { streams } from '../../src/domain/kernel/ids.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import type { VaultPlace } from '../../src/domain/ports/credential-vault.js';
import type { ConnectionOf } from '../../src/domain/ports/vault-keys.js';
import { SETTLING } from '../../src/domain/vault/vault.decider.js';
import { type TestHub, startHub } from '../support/hub.js';

const dataOf = ({ data }: RecordedEvent) => data as Record<string, unknown>;
const context = { actor: { kind: 'system', id: 'system' } as const, correlationId: 'test' };
const place = (n: number): VaultPlace => ({ tenant: 'tnt_default', connectionId: 'con_1', credentialId: `crd_${n}`, secretId: 'sec_1', part: 'access' });

describe('a rotation of the key that credentials are sealed with', () => {
  let hub: TestHub;
  let second: TestHub;
  beforeAll(async () => {
    hub = await startHub();
    second = await startHub({ beside: hub });
    for (let n = 0; n < 3; n += 1) await hub.inside.vault.credentials.seal(place(n), `secret ${n}`);
  });
  afterAll(async () => {
    await second.close();
    await hub.close();
  });
  const vault = () => hub.inside.vault;
  const goOn = (node = hub) => node.do(new ContinueVaultRotation(context));
  const begin = async () => hub.do(new RotateVaultKeys(context));
  const told = async (...types: string[]) => (await hub.events(...types)).map(dataOf);
  const localKeys = async (): Promise<readonly string[]> => (await vault().secrets.names('deployment', 'vault-key')).filter((name) => name !== 'current');
  const underKeys = async (): Promise<readonly string[]> => {
    const found = new Set<string>();
    await vault().secrets.rewrite('credential', { after: undefined, limit: 5_000 }, async (_, opened) => {
      found.add((JSON.parse(new TextDecoder().decode(opened())) as { keyId: string }).keyId);
      return undefined;
    });
    return [...found];
  };
  /** What holds when all is done, whatever happened on the way. */
  const expectDone = async (): Promise<void> => {
    const { keyId } = (await told('VaultKeyActivated')).at(-1)!;
    expect([await underKeys(), await localKeys()]).toEqual([[keyId], [keyId]]);
    for (let n = 0; n < 3; n += 1) expect(await vault().credentials.open(place(n))).toBe(`secret ${n}`);
    expect((await told('VaultRotationFinished')).at(-1)).toMatchObject({ left: 0 });
  };

  it('tells each step; the old key goes ten minutes later, when everything has been looked at once more', async () => {
    const [old] = await localKeys();
    const { rotationId } = await begin();
    expect(await begin()).toMatchObject({ rotationId, started: false });
    await goOn();
    expect((await localKeys()).includes(old!)).toBe(true);
    hub.inside.clock.advance(SETTLING - 1);
    await goOn();
    expect((await told('VaultKeyRetired')).length).toBe(0);
    hub.inside.clock.advance(1);
    await goOn();
    await expectDone();
    const keyId = `local:${rotationId}`;
    expect((await hub.events()).filter(({ stream }) => stream.startsWith('vault-')).map(({ type, data }) => [type, data])).toMatchObject([
      ['VaultRotationStarted', { rotationId, provider: 'local', secrets: 3 }], ['VaultKeyActivated', { keyId, former: [old] }],
      ['VaultSecretsRewrapped', { round: 'first', checked: 3, rewrapped: 3, left: 0 }], ['VaultSecretsRewrapped', { round: 'second', checked: 3, rewrapped: 0, left: 0 }],
      ['VaultKeyRetired', { keyId: old }], ['VaultRotationFinished', { left: 0 }],
    ]);
  });

  // The appends of one rotation, and what is done to the vault between them.
  const deaths = [
    ...Array.from({ length: 5 }, (_, n) => ['append', n + 1] as const), ...(['turn', 'rewrap', 'retire'] as const).flatMap((step) => [[step, 1] as const]), ['rewrap', 2] as const,
  ].flatMap(([step, nth]) => (['before', 'after'] as const).map((when) => [when, nth, step] as const));

  it.each(deaths)('is finished by another node when one dies %s number %i of %s', async (when, nth, step) => {
    await begin();
    const target = (step === 'append' ? hub.inside.ledger : vault().keys) as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
    const working = target[step]!;
    let calls = 0;
    let died = false;
    target[step] = async (...given) => {
      calls += 1;
      if (calls < nth || died) return working.apply(target, given);
      died = true;
      if (when === 'after') await working.apply(target, given);
      throw new Error('the node died');
    };
    for (let round = 0; round < 2 && !died; round += 1) {
      await goOn().catch((error: Error) => expect(error.message).toBe('the node died'));
      if (!died) hub.inside.clock.advance(SETTLING);
    }
    target[step] = working;
    expect(died).toBe(true);
    await goOn(second);
    hub.inside.clock.advance(SETTLING);
    await goOn(second);
    await expectDone();
  });

  it.each(['before', 'after'])('is asked for again when the node died %s it was recorded, and is one rotation', async (when) => {
    const { ledger } = hub.inside;
    const { append } = ledger;
    const before = (await told('VaultRotationStarted')).length;
    Object.assign(ledger, { append: async (...given: Parameters<typeof append>) => {
      if (when === 'after') await append.apply(ledger, given);
      throw new Error('the node died');
    } });
    await expect(begin()).rejects.toThrow('the node died');
    Object.assign(ledger, { append });
    await second.do(new RotateVaultKeys(context));
    expect((await told('VaultRotationStarted')).length).toBe(before + 1);
    await goOn(second);
    hub.inside.clock.advance(SETTLING);
    await goOn(second);
    await expectDone();
  });

  it('is done once when two nodes are at it at the same moment', async () => {
    await begin();
    await Promise.all([goOn(), goOn(second)]);
    hub.inside.clock.advance(SETTLING);
    await Promise.all([goOn(), goOn(second)]);
    await expectDone();
    const { rotationId } = (await told('VaultRotationStarted')).at(-1)!;
    const mine = (await hub.events()).filter(({ data }) => (data as { rotationId?: string }).rotationId === rotationId).map(({ type }) => type);
    expect(mine).toEqual(['VaultRotationStarted', 'VaultKeyActivated', 'VaultSecretsRewrapped', 'VaultSecretsRewrapped', 'VaultKeyRetired', 'VaultRotationFinished']);
  });

  it('finds what was sealed under the old key while it went over the others', async () => {
    const credentials = vault().credentials as unknown as { providers: readonly { wrap: (...given: unknown[]) => Promise<unknown> }[] };
    const [provider] = credentials.providers;
    const { wrap } = provider!;
    const [old] = await localKeys();
    let release!: () => void;
    const later = new Promise<void>((done) => (release = done));
    provider!.wrap = async (...given) => {
      provider!.wrap = wrap;
      const wrapped = await wrap.apply(provider, given);
      await later;
      return wrapped;
    };
    const sealing = vault().credentials.seal(place(0), 'secret 0');
    await begin();
    await goOn();
    release();
    await sealing;
    expect(await underKeys()).toContain(old);
    hub.inside.clock.advance(SETTLING);
    await goOn();
    await expectDone();
    expect((await told('VaultSecretsRewrapped')).at(-1)).toMatchObject({ round: 'second', rewrapped: 1 });
  });

  it('brings nothing back that is destroyed at the same moment', async () => {
    await vault().credentials.seal(place(9), 'to be gone');
    const { secrets } = vault();
    const { rewrite } = secrets;
    // Read before the destruction, written after it.
    Object.assign(secrets, { rewrite: (kind: string, from: never, change: (...given: unknown[]) => Promise<unknown>) => rewrite.call(secrets, kind, from, async (...given) => {
      const value = await change(...given);
      if (given[0].name.startsWith('crd_9.')) await vault().credentials.shred('tnt_default', 'crd_9');
      return value as Uint8Array;
    }) });
    await begin();
    await goOn();
    Object.assign(secrets, { rewrite });
    expect([await vault().credentials.open(place(9)), await secrets.get('tnt_default', 'credential', 'crd_9.sec_1.access')]).toEqual([undefined, undefined]);
    hub.inside.clock.advance(SETTLING);
    await goOn();
    await expectDone();
  });

  it('brings envelopes of before they said their connection under the new key, by what the ledger says of the credential; of others it says whose they are, and keeps their key', async () => {
    const { secrets, credentials } = vault();
    const old = { tenant: 'tnt_default', connectionId: 'con_old', credentialId: 'crd_old', secretId: 'sec_1', part: 'access' } as const;
    const client = { ...old, connectionId: 'con_old', credentialId: 'con_old', part: 'client' } as const;
    const lost = { ...old, credentialId: 'crd_lost' };
    const version = { secretId: 'sec_1', kind: 'oauth', fingerprint: 'f'.repeat(43), scopes: [] } as const;
    const stored = { type: 'StoreCredential', credentialId: 'crd_old', connectionId: 'con_old', connectionEpoch: 0, holder: { kind: 'tenant', id: 'tnt_default' }, via: 'connect', at: 1, ...version } as const;
    await hub.inside.app.get(Write, { strict: false }).to(credential, streams.credential('crd_old'), stored, hub.context);
    for (const one of [old, client, lost]) await credentials.seal(one, `of ${one.credentialId}`);
    /** As they were written before: {"v":1,"keyId","wrapped","sealed"}. */
    const withoutConnection = (_: unknown, opened: () => Uint8Array) => {
      const { connection, ...before } = JSON.parse(new TextDecoder().decode(opened())) as Record<string, unknown>;
      return Promise.resolve(connection === 'con_old' ? Buffer.from(JSON.stringify(before)) : undefined);
    };
    await secrets.rewrite('credential', { after: undefined, limit: 5_000 }, withoutConnection);
    const [before] = await underKeys();
    await begin();
    await goOn();
    hub.inside.clock.advance(SETTLING);
    await goOn();
    expect((await told('VaultSecretsRewrapped')).at(-1)).toMatchObject({ round: 'second', left: 1, unopened: ['tnt_default/crd_lost'] });
    expect([await credentials.open(old), await credentials.open(client)]).toEqual(['of crd_old', 'of con_old']);
    expect(await localKeys()).toContain(before!);
    await credentials.shred('tnt_default', 'crd_lost');
    await begin();
    await goOn();
    hub.inside.clock.advance(SETTLING);
    await goOn();
    await expectDone();
    for (const one of [old, client]) await credentials.shred('tnt_default', one.credentialId);
  });

  describe('over many secrets', () => {
    const MANY = 1_100;
    beforeAll(async () => {
      await Promise.all(Array.from({ length: MANY }, (_, n) => vault().credentials.seal(place(100 + n), 'many')));
    });
    beforeEach(() => begin());

    it('goes on where the last recorded batch ended', async () => {
      const { keys } = vault();
      const { rewrap } = keys;
      const from: (string | undefined)[] = [];
      const die = { at: 2 };
      Object.assign(keys, { rewrap: async (after: string | undefined, limit: number, connectionOf: ConnectionOf) => {
        from.push(after);
        if (from.length === die.at) throw new Error('the node died');
        return rewrap.call(keys, after, limit, connectionOf);
      } });
      await expect(goOn()).rejects.toThrow('the node died');
      const [{ through, checked } = {}] = (await told('VaultSecretsRewrapped')).slice(-1);
      expect([checked, typeof through]).toEqual([500, 'string']);
      await goOn(second);
      expect(from.slice(1, 3)).toEqual([through, through]);
      Object.assign(keys, { rewrap });
      expect((await told('VaultSecretsRewrapped')).at(-1)).toMatchObject({ round: 'first', checked: MANY + 3, rewrapped: MANY + 3 });
      hub.inside.clock.advance(SETTLING);
      await goOn();
      await expectDone();
    });

    it('keeps the old key when something does not open, says how much, and leaves it as it is', async () => {
      const row = { tenant: 'tnt_default', name: 'crd_100.sec_1.access' };
      const good = (await vault().secrets.get(row.tenant, 'credential', row.name))!;
      const bad = Buffer.from(good).toString('utf8').replace(/"wrapped":"..../, '"wrapped":"AAAA');
      await vault().secrets.put(row.tenant, 'credential', { name: row.name, value: Buffer.from(bad) });
      await goOn();
      hub.inside.clock.advance(SETTLING);
      await goOn();
      expect((await told('VaultRotationFinished')).at(-1)).toMatchObject({ left: 1 });
      expect((await localKeys()).length).toBe(2);
      expect(Buffer.from((await vault().secrets.get(row.tenant, 'credential', row.name))!).toString('utf8')).toBe(bad);
    });
  });
});
