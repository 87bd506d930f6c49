import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { KeyProvider } from '../../../src/domain/ports/key-provider.js';
import { AwsKmsKeyProvider } from '../../../src/platform/vault/keys/aws-kms-key-provider.js';
import type { TransitLogin } from '../../../src/platform/vault/keys/transit-client.js';
import { TransitKeyProvider } from '../../../src/platform/vault/keys/transit-key-provider.js';
import { WatchedKeyProvider } from '../../../src/platform/vault/keys/watched-key-provider.js';
import { KmsServer } from '../../support/kms-server.js';
import { APPROLE, TOKEN, TransitServer } from '../../support/transit-server.js';
import { cert, key } from '../../support/local-certificate.js';
import { StillClock } from './vault-directory.js';

const DATA_KEY = Buffer.alloc(32, 7);
const BINDING = { tenant: 'tnt_a', connection: 'con_1', credential: 'crd_1', version: 'sec_1', part: 'access' };
const rejected = expect.objectContaining({ name: 'KeyRejected' });
const unavailable = expect.objectContaining({ name: 'KeysUnavailable' });

/** What holds of every provider whose keys are elsewhere. */
const itWraps = (provider: () => KeyProvider): void => {
  it('opens what it wrapped, for the place that it was wrapped for', async () => {
    const wrapped = await provider().wrap(DATA_KEY, BINDING);
    expect(wrapped.keyId).toBe(await provider().current());
    expect(Buffer.from(wrapped.wrapped).includes(DATA_KEY)).toBe(false);
    const { part, version, ...rest } = BINDING;
    expect(Buffer.from(await provider().unwrap(wrapped, { part, version, ...rest }))).toEqual(DATA_KEY);
  });

  it.each(Object.keys(BINDING))('opens nothing for another %s', async (name) => {
    const wrapped = await provider().wrap(DATA_KEY, BINDING);
    await expect(provider().unwrap(wrapped, { ...BINDING, [name]: 'another' })).rejects.toThrow(rejected);
  });

  it('opens nothing of which one bit was turned', async () => {
    const { keyId, wrapped } = await provider().wrap(DATA_KEY, BINDING);
    const turned = Buffer.from(wrapped);
    turned[turned.length - 6]! ^= 1;
    await expect(provider().unwrap({ keyId, wrapped: turned }, BINDING)).rejects.toThrow(rejected);
  });
};

describe('keys in AWS KMS', () => {
  const environment = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' };
  const before = Object.fromEntries(Object.keys(environment).map((name) => [name, process.env[name]]));
  let server: KmsServer;
  let arn: string;
  let provider: AwsKmsKeyProvider;
  beforeAll(async () => {
    Object.assign(process.env, environment);
    server = await KmsServer.start();
    arn = server.makeKey('alias/mandate');
    provider = await AwsKmsKeyProvider.open({ key: 'alias/mandate', region: server.region, endpoint: server.endpoint });
  });
  afterEach(() => {
    server.failsWith = undefined;
    server.setState(arn, 'Enabled');
  });
  afterAll(async () => {
    await provider.close();
    await server.close();
    for (const [name, value] of Object.entries(before)) if (value === undefined) delete process.env[name]; else process.env[name] = value;
  });

  itWraps(() => provider);

  it('sends the place as encryption context and names the key by its ARN, whatever it is called in the configuration', async () => {
    const wrapped = await provider.wrap(DATA_KEY, BINDING);
    await provider.unwrap(wrapped, BINDING);
    expect(wrapped.keyId).toBe(`aws-kms:${arn}`);
    expect(server.asked.slice(-2)).toMatchObject([{ action: 'Encrypt', body: { EncryptionContext: BINDING } }, { action: 'Decrypt', body: { KeyId: arn, EncryptionContext: BINDING } }]);
  });

  it('opens nothing that another key of the same account wrapped, when the row was made to name this one', async () => {
    const other = await AwsKmsKeyProvider.open({ key: server.makeKey(), region: server.region, endpoint: server.endpoint });
    const { wrapped } = await other.wrap(DATA_KEY, BINDING);
    await other.close();
    await expect(provider.unwrap({ keyId: `aws-kms:${arn}`, wrapped }, BINDING)).rejects.toThrow(rejected);
  });

  it.each(['AccessDeniedException', 'ThrottlingException', 'KMSInternalException'])('calls it away, and nobody\'s key wrong, when AWS says %s', async (fault) => {
    const wrapped = await provider.wrap(DATA_KEY, BINDING);
    server.failsWith = fault;
    await expect(provider.unwrap(wrapped, BINDING)).rejects.toThrow(unavailable);
    await expect(provider.wrap(DATA_KEY, BINDING)).rejects.toThrow(fault);
  });

  it('is away while its key is disabled, and when nobody listens', async () => {
    const wrapped = await provider.wrap(DATA_KEY, BINDING);
    server.setState(arn, 'Disabled');
    await expect(provider.unwrap(wrapped, BINDING)).rejects.toThrow(unavailable);
    await expect(provider.current()).rejects.toThrow('the KMS key is Disabled');
    const nobody = await AwsKmsKeyProvider.open({ key: arn, region: server.region, endpoint: 'http://127.0.0.1:1' });
    await expect(nobody.current()).rejects.toThrow(unavailable);
    await nobody.close();
  });
});

describe('keys in the transit engine', () => {
  const servers: TransitServer[] = [];
  const providers: TransitKeyProvider[] = [];
  const start = async (given: Parameters<typeof TransitServer.start>[0] = {}) => {
    const server = await TransitServer.start(given);
    server.makeKey('mandate');
    servers.push(server);
    return server;
  };
  const over = (server: TransitServer, login: TransitLogin = { method: 'token', token: TOKEN }, more: { key?: string; namespace?: string; ca?: string } = {}) => {
    const provider = new TransitKeyProvider({ url: server.url, mount: 'transit', key: 'mandate', login, ...more });
    providers.push(provider);
    return provider;
  };
  let server: TransitServer;
  let provider: TransitKeyProvider;
  beforeAll(async () => {
    server = await start();
    server.makeKey('derived', { derived: true });
    provider = over(server);
  });
  beforeEach(() => {
    server.isSealed = false;
  });
  afterAll(async () => {
    await Promise.all(providers.map((one) => one.close()));
    await Promise.all(servers.map((one) => one.close()));
  });

  itWraps(() => provider);
  describe('that are derived for each place', () => {
    itWraps(() => over(server, undefined, { key: 'derived' }));
  });

  it('turns its key by another version; what older ones wrapped still opens, until somebody ends them there', async () => {
    const wrapped = await provider.wrap(DATA_KEY, BINDING);
    const before = await provider.current();
    const after = await provider.rotate();
    expect([before, after]).toEqual(['transit:transit/mandate:v1', 'transit:transit/mandate:v2']);
    expect((await provider.wrap(DATA_KEY, BINDING)).keyId).toBe(after);
    expect(Buffer.from(await provider.unwrap(wrapped, BINDING))).toEqual(DATA_KEY);
    server.endVersionsBefore('mandate', 2);
    // Whoever ended it can take that back: the secret is not lost, and not called so.
    await expect(provider.unwrap(wrapped, BINDING)).rejects.toThrow(unavailable);
    server.endVersionsBefore('mandate', 1);
  });

  it('logs in by AppRole, once, and again when the server does not take the token any more', async () => {
    const logged = over(server, { method: 'approle', ...APPROLE });
    const logins = (): number => server.asked.filter((path) => path === 'POST auth/approle/login').length;
    const wrapped = await Promise.all([logged.wrap(DATA_KEY, BINDING), logged.wrap(DATA_KEY, BINDING)]);
    expect(logins()).toBe(1);
    server.forgetLogins();
    expect(Buffer.from(await logged.unwrap(wrapped[0]!, BINDING))).toEqual(DATA_KEY);
    expect(logins()).toBe(2);
    // Who was turned away tries again, and gets in when the role has been put right.
    const early = over(server, { method: 'approle', ...APPROLE });
    server.takesLogins = false;
    await expect(early.current()).rejects.toThrow(unavailable);
    server.takesLogins = true;
    expect(await early.current()).toMatch(/^transit:/);
  });

  it('logs in by the pod\'s service account, with the token that stands in its file at that time', async () => {
    const jwtFile = join(mkdtempSync(join(tmpdir(), 'mandate-jwt-')), 'token');
    const pod = over(server, { method: 'kubernetes', role: 'mandate', jwtFile });
    await expect(pod.current()).rejects.toThrow(/service account's token can't be read/);
    writeFileSync(jwtFile, `${server.serviceAccount}\n`);
    expect(await pod.current()).toMatch(/^transit:/);
    server.serviceAccount = 'the.next.jwt';
    server.forgetLogins();
    writeFileSync(jwtFile, 'the.next.jwt');
    expect(await pod.current()).toMatch(/^transit:/);
  });

  it('works in a namespace, over TLS of an authority that it was told of, and trusts no other', async () => {
    const far = await start({ namespace: 'team/agents', tls: { key, cert } });
    expect(await over(far, undefined, { namespace: 'team/agents', ca: cert }).current()).toMatch(/:v1$/);
    await expect(over(far, undefined, { ca: cert }).current()).rejects.toThrow(unavailable);
    await expect(over(far, undefined, { namespace: 'team/agents' }).current()).rejects.toThrow(unavailable);
  });

  it.each<readonly [string, () => Promise<unknown>]>([
    ['is sealed', async () => {
      server.isSealed = true;
      return provider.current();
    }],
    ['has no such key', () => over(server, undefined, { key: 'nobody' }).wrap(DATA_KEY, BINDING)],
    ['does not take the token', () => over(server, { method: 'token', token: 'wrong' }).current()],
    ['is not there', () => new TransitKeyProvider({ url: 'http://127.0.0.1:1', mount: 'transit', key: 'mandate', login: { method: 'token', token: TOKEN } }).current()],
  ])('is away, and says no token, when the server %s', async (_, ask) => {
    const told = await ask().catch((error: Error) => error);
    expect(told).toEqual(unavailable);
    expect((told as Error).message).not.toContain(TOKEN);
  });

  it('is known to be away for readiness without anybody waiting, and to be back', async () => {
    const clock = new StillClock();
    const watched = new WatchedKeyProvider(provider, clock);
    await watched.look();
    expect(watched.problem).toBeUndefined();
    server.isSealed = true;
    await expect(watched.wrap(DATA_KEY, BINDING)).rejects.toThrow(unavailable);
    expect(watched.problem).toContain('sealed');
    server.isSealed = false;
    clock.at += 31_000;
    // The first who asks hears the old news and has it looked at.
    expect(watched.problem).toContain('sealed');
    await watched.look();
    expect(watched.problem).toBeUndefined();
  });
});
