import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ContinueVaultRotation } from '../../src/commands/vault/continue-vault-rotation.js';
import { RotateVaultKeys } from '../../src/commands/vault/rotate-vault-keys.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import { VaultUnavailable } from '../../src/domain/ports/credential-vault.js';
import { SETTLING } from '../../src/domain/vault/vault.decider.js';
import { MemoryLedger } from '../support/memory-ledger.js';
import type { VaultKeysOptions } from '../../src/platform/vault/keys/open-key-providers.js';
import { freePort } from '../support/free-ports.js';
import { type TestHub, startHub } from '../support/hub.js';
import { KmsServer } from '../support/kms-server.js';
import { TestClock } from '../support/test-clock.js';
import { TOKEN, TransitServer } from '../support/transit-server.js';
import { KeyedApi } from './keyed-api.js';

const dataOf = ({ data }: RecordedEvent) => data as Record<string, unknown>;
const clock = new TestClock();
/** It outlives the hubs that stand on it, one after the other. */
class LastingLedger extends MemoryLedger {
  override close = async (): Promise<void> => undefined;
}

describe('credentials under keys that are elsewhere', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-keys-'));
  const ledger = new LastingLedger(() => clock.now());
  const environment = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' };
  let port: number;
  let hub: TestHub;
  let service: KeyedApi;
  let kms: KmsServer;
  let transit: TransitServer;
  let arn: string;
  const context = { actor: { kind: 'system', id: 'system' } as const, correlationId: 'test' };

  /** The hub, stopped when it runs, started with other keys in its configuration. */
  const restart = async (use: VaultKeysOptions['use'], known: readonly string[]): Promise<void> => {
    await hub?.close();
    const keys = {
      use,
      ...(known.includes('aws-kms') ? { kms: { key: arn, region: kms.region, endpoint: kms.endpoint } } : {}),
      ...(known.includes('transit') ? { transit: { url: transit.url, mount: 'transit', key: 'mandate', login: { method: 'token', token: TOKEN } as const } } : {}),
    };
    hub = await startHub({ ledger, directory, clock, port, allowLoopback: true, keys });
  };
  const rotate = async (): Promise<void> => {
    await hub.do(new RotateVaultKeys(context));
    await hub.do(new ContinueVaultRotation(context));
    clock.advance(SETTLING);
    await hub.do(new ContinueVaultRotation(context));
  };
  /** The keys that the vault's envelopes are under. */
  const keysInUse = async (): Promise<readonly string[]> => {
    const found = new Set<string>();
    await hub.inside.vault.secrets.rewrite('credential', { after: undefined, limit: 5_000 }, async (_, opened) => {
      found.add((JSON.parse(new TextDecoder().decode(opened())) as { keyId: string }).keyId);
      return undefined;
    });
    return [...found];
  };

  beforeAll(async () => {
    Object.assign(process.env, environment);
    [port, kms, transit] = await Promise.all([freePort(), KmsServer.start(), TransitServer.start()]);
    arn = kms.makeKey();
    transit.makeKey('mandate');
    await restart('local', []);
    service = await KeyedApi.start(hub);
    expect(await service.call(hub)).toMatchObject({ status: 200, arrived: true });
  });
  afterAll(async () => {
    expect(hub.inside.failures).toEqual([]);
    await hub.close();
    await Promise.all([service.close(), kms.close(), transit.close()]);
    rmSync(directory, { recursive: true, force: true });
    for (const name of Object.keys(environment)) delete process.env[name];
  });

  describe.each<readonly [VaultKeysOptions['use'], readonly string[], () => void, () => void]>([
    ['aws-kms', ['aws-kms'], () => (kms.failsWith = 'AccessDeniedException'), () => (kms.failsWith = undefined)],
    ['transit', ['aws-kms', 'transit'], () => (transit.isSealed = true), () => (transit.isSealed = false)],
  ])('in %s', (use, known, takeAway, giveBack) => {
    beforeAll(() => restart(use, known));

    it('are reached by the configuration and one rotation, from wherever they were before', async () => {
      const before = await keysInUse();
      await rotate();
      const after = await keysInUse();
      expect([before.some((keyId) => keyId.startsWith(`${use}:`)), after.map((keyId) => keyId.split(':')[0])]).toEqual([false, [use]]);
      expect(dataOf((await hub.events('VaultRotationFinished')).at(-1)!)).toMatchObject({ left: 0 });
    });

    it('are lent: the data key is asked for when the loan stands in the ledger, and not before', async () => {
      clock.advance(301);
      const seen: [string, boolean][] = [];
      const lends = (await hub.events('CredentialLent')).length;
      const look = async (what: string): Promise<void> => {
        if (/decrypt/i.test(what)) seen.push(['decrypt', (await hub.events('CredentialLent')).length === lends + 1]);
      };
      [kms.before, transit.before] = [look, look];
      expect(await service.call(hub)).toEqual({ status: 200, code: undefined, arrived: true });
      [kms.before, transit.before] = [undefined, undefined];
      expect(seen).toEqual([['decrypt', true]]);
    });

    it('go on for five minutes while the keys are away, then 503; nothing leaves, tokens are issued, and readiness tells', async () => {
      takeAway();
      expect((await service.call(hub)).status).toBe(200);
      clock.advance(301);
      const voided = await service.call(hub);
      expect(voided).toEqual({ status: 503, code: 'vault.unavailable', arrived: false });
      const ready = await hub.json('/health/ready', {});
      expect([ready.status, ready.body['credential_keys']]).toEqual([200, { provider: use, state: 'away' }]);
      await expect(service.keep(hub, 'another-key-of-it')).rejects.toThrow(VaultUnavailable);
      giveBack();
      expect(await service.call(hub)).toEqual({ status: 200, code: undefined, arrived: true });
      expect((await hub.json('/health/ready', {})).body['credential_keys']).toEqual({ provider: use, state: 'usable' });
    });
  });

  it('come home again by the same operation, and nothing of the other keys is needed then', async () => {
    await restart('local', ['transit']);
    await rotate();
    await restart('local', []);
    clock.advance(301);
    expect(await service.call(hub)).toMatchObject({ status: 200, arrived: true });
  });

  it('that no provider in the configuration knows are lent to nobody, and lost to nobody', async () => {
    await restart('aws-kms', ['aws-kms']);
    await rotate();
    await restart('local', []);
    expect(await service.call(hub)).toMatchObject({ status: 503, code: 'vault.unavailable', arrived: false });
    await restart('local', ['aws-kms']);
    expect(await service.call(hub)).toMatchObject({ status: 200, arrived: true });
  });
});
