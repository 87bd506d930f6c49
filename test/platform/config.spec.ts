import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/platform/config.js';

describe('configuration', () => {
  it('needs nothing, and an empty variable is one that is not set', () => {
    expect(readConfig({ MANDATE_ISSUER: '' })).toMatchObject({ port: 8787, host: '127.0.0.1', publicUrl: 'http://localhost:8787', allowLoopback: true, trustedProxies: [] });
  });

  it.each([
    'A'.repeat(43), 'changemechangemechangemechangemechangemechA', Buffer.from('mandate'.repeat(5)).subarray(0, 32).toString('base64url'), Buffer.alloc(32, 1).toString('base64url'),
  ])('KM-07: stops the boot for the master key %s, which somebody made up', (key) => {
    expect(() => readConfig({ MANDATE_MASTER_KEY: key })).toThrow(/MANDATE_MASTER_KEY: is no random key/);
    expect(() => readConfig({ MANDATE_MASTER_KEY: randomBytes(32).toString('base64url') })).not.toThrow();
  });

  it.each([
    ['PORT', 'abc'], ['PORT', '70000'], ['MANDATE_ISSUER', 'http://hub.example'], ['MANDATE_ISSUER', 'https://hub.example/path'], ['MANDATE_ISSUER', 'https://u:p@hub.example'],
    ['MANDATE_ISSUER', 'https://hub.example/#x'], ['MANDATE_ADMIN_PASSWORD', 'short'], ['EVENTSTORE_URL', 'http://x'], ['DATABASE_URL', 'mysql://x'],
    ['REDIS_URL', 'http://x'], ['MANDATE_SAMPLE', 'maybe'], ['MANDATE_MASTER_KEY', 'short'], ['MANDATE_TRUSTED_PROXIES', 'everybody'],
  ])('stops the boot with the name of %s when it is %j', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(name);
  });

  const transit = { MANDATE_VAULT_KEYS: 'transit', MANDATE_TRANSIT_URL: 'https://vault.example:8200', MANDATE_TRANSIT_KEY: 'mandate', MANDATE_TRANSIT_TOKEN: 'hvs.x' };
  it.each<readonly [string, Record<string, string>]>([
    ['MANDATE_VAULT_KEYS', { MANDATE_VAULT_KEYS: 'paper' }], ['MANDATE_KMS_KEY', { MANDATE_VAULT_KEYS: 'aws-kms' }], ['MANDATE_KMS_KEY', { MANDATE_KMS_KEY: 'a key' }],
    ['MANDATE_KMS_ENDPOINT', { MANDATE_KMS_KEY: 'alias/mandate', MANDATE_KMS_ENDPOINT: 'http://kms.example' }], ['MANDATE_TRANSIT_URL', { ...transit, MANDATE_TRANSIT_URL: '' }],
    ['MANDATE_TRANSIT_URL', { ...transit, MANDATE_TRANSIT_URL: 'http://vault.example' }], ['MANDATE_TRANSIT_KEY', { ...transit, MANDATE_TRANSIT_KEY: '' }],
    ['MANDATE_TRANSIT_KEY', { ...transit, MANDATE_TRANSIT_KEY: '../sys' }], ['MANDATE_TRANSIT_MOUNT', { ...transit, MANDATE_TRANSIT_MOUNT: '/transit' }], ['MANDATE_TRANSIT_TOKEN', { ...transit, MANDATE_TRANSIT_TOKEN: '' }],
    ['MANDATE_TRANSIT_TOKEN', { ...transit, MANDATE_TRANSIT_ROLE_ID: 'r' }], ['MANDATE_TRANSIT_SECRET_ID', { ...transit, MANDATE_TRANSIT_TOKEN: '', MANDATE_TRANSIT_ROLE_ID: 'r' }],
    ['MANDATE_TRANSIT_CA', { ...transit, MANDATE_TRANSIT_CA: '/nowhere.pem' }],
  ])('stops the boot with the name of %s when the keys of credentials are described wrongly (%j)', (name, given) => {
    expect(() => readConfig(given)).toThrow(new RegExp(`(^|\\n {2})${name}:`));
  });

  it('knows the keys that wrap, and those that only unwrap what they wrapped before', () => {
    expect(readConfig({}).vaultKeys).toEqual({ use: 'local' });
    expect(readConfig({ MANDATE_VAULT_KEYS: 'aws-kms', MANDATE_KMS_KEY: 'alias/mandate', MANDATE_KMS_REGION: 'eu-central-1' }).vaultKeys)
      .toEqual({ use: 'aws-kms', kms: { key: 'alias/mandate', region: 'eu-central-1', endpoint: undefined } });
    expect(readConfig({ ...transit, MANDATE_VAULT_KEYS: '' }).vaultKeys).toMatchObject({ use: 'local', transit: { mount: 'transit', key: 'mandate', login: { method: 'token', token: 'hvs.x' } } });
    expect(readConfig({ ...transit, MANDATE_TRANSIT_TOKEN: '', MANDATE_TRANSIT_ROLE_ID: 'r', MANDATE_TRANSIT_SECRET_ID: 's' }).vaultKeys.transit?.login).toEqual({ method: 'approle', roleId: 'r', secretId: 's' });
    expect(readConfig({ ...transit, MANDATE_TRANSIT_TOKEN: '', MANDATE_TRANSIT_KUBERNETES_ROLE: 'hub' }).vaultKeys.transit?.login).toMatchObject({ method: 'kubernetes', role: 'hub' });
  });

  it('takes what may be secret from a file as well, and never from both', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'mandate-config-')), 'secret');
    writeFileSync(file, 'postgresql://somebody:hunter2@db/mandate\n');
    expect(readConfig({ DATABASE_URL_FILE: file }).databaseUrl).toBe('postgresql://somebody:hunter2@db/mandate');
    expect(() => readConfig({ DATABASE_URL_FILE: file, DATABASE_URL: 'postgresql://db' })).toThrow(/DATABASE_URL_FILE: DATABASE_URL is set too/);
    expect(() => readConfig({ DATABASE_URL_FILE: `${file}.gone` })).toThrow(/DATABASE_URL_FILE: ENOENT/);
    expect(() => readConfig({ MANDATE_MASTER_KEY_FILE: file })).toThrow(/MANDATE_MASTER_KEY: must be 32 bytes/);
  });

  it('lets processes divide the work only over what all of them can reach, and names what is missing', () => {
    const shared = { EVENTSTORE_URL: 'esdb://ledger', DATABASE_URL: 'postgresql://db', MANDATE_ISSUER: 'https://hub.example' };
    for (const [role, missing] of [['api', 'EVENTSTORE_URL'], ['api', 'DATABASE_URL'], ['api', 'MANDATE_ISSUER'], ['worker', 'EVENTSTORE_URL'], ['worker', 'DATABASE_URL']] as const)
      expect(() => readConfig({ ...shared, MANDATE_ROLE: role, [missing]: '' })).toThrow(`${missing}: must be set with the role ${role}`);
    expect(() => readConfig({ MANDATE_ROLE: 'boss' })).toThrow('MANDATE_ROLE');
    for (const role of ['api', 'worker']) expect(readConfig(shared, { MANDATE_ROLE: role })).toMatchObject({ role, sample: undefined });
    expect(readConfig({ ...shared, MANDATE_SAMPLE: 'on' }, { MANDATE_ROLE: 'api' }).sample).toEqual({ port: 8788 });
    expect(readConfig({})).toMatchObject({ role: 'all', sample: { port: 8788 } });
  });

  it.each(['esdb://a:2113,b:2113,c:2113?tls=true', 'esdb+discover://hub:secret@cluster.internal', 'kurrentdb://ledger', 'kurrentdb+discover://ledger'])('knows %s as a ledger', (url) => {
    expect(readConfig({ EVENTSTORE_URL: url }).eventStoreUrl).toBe(url);
  });

  it('fetches nothing from loopback as soon as others can reach the hub', () => {
    for (const reachable of [{ HOST: '0.0.0.0' }, { HOST: '::' }, { MANDATE_ISSUER: 'https://hub.example' }])
      expect([reachable, readConfig(reachable).allowLoopback]).toEqual([reachable, false]);
  });

  it('believes the proxies it is told of, and nobody else', () => {
    expect(readConfig({ MANDATE_TRUSTED_PROXIES: '10.0.0.0/8, 192.168.1.5,::1' }).trustedProxies).toEqual(['10.0.0.0/8', '192.168.1.5', '::1']);
  });
});
