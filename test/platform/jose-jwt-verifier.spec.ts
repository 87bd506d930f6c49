import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type CryptoKey, type KeyObject, SignJWT, exportJWK } from 'jose';
import { JoseJwtVerifier } from '../../src/platform/jose-jwt-verifier.js';
import type { PublicKey } from '../../src/domain/ports/key-ring.js';

const ISSUER = 'https://hub.example';
const NOW = 1_800_000_000;
const expected = { typ: 'at+jwt', issuer: ISSUER, now: NOW };

describe('tokens of our own, verified again', () => {
  const verifier = new JoseJwtVerifier();
  let keys: readonly PublicKey[];
  let others: readonly PublicKey[];
  let privateKey: CryptoKey | KeyObject;
  let jwt: string;
  const sign = (typ = 'at+jwt') => new SignJWT({ tenant: 't' }).setProtectedHeader({ alg: 'ES256', typ, kid: 'k' }).setIssuer(ISSUER).setAudience('r').setSubject('s')
    .setJti('tok_1').setIssuedAt(NOW).setExpirationTime(NOW + 60).sign(privateKey);
  const pair = async (): Promise<{ keys: readonly PublicKey[]; privateKey: KeyObject }> => {
    const made = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return { keys: [{ kid: 'k', alg: 'ES256', jwk: JSON.stringify(await exportJWK(made.publicKey)) }], privateKey: made.privateKey };
  };

  beforeAll(async () => {
    ({ keys, privateKey } = await pair());
    others = (await pair()).keys;
    jwt = await sign();
    expect(await verifier.verifyOwn(jwt, keys, expected)).toMatchObject({ jti: 'tok_1' });
  });

  it('are known again until they expire, and not a second longer', async () => {
    expect(await verifier.verifyOwn(jwt, keys, { ...expected, now: NOW + 59 })).toMatchObject({ jti: 'tok_1' });
    expect(await verifier.verifyOwn(jwt, keys, { ...expected, now: NOW + 60 })).toBeUndefined();
  });

  it('are not known under other keys, another issuer or as another type', async () => {
    expect(await verifier.verifyOwn(jwt, others, expected)).toBeUndefined();
    expect(await verifier.verifyOwn(jwt, keys, { ...expected, issuer: 'https://other.example' })).toBeUndefined();
    expect(await verifier.verifyOwn(jwt, keys, { ...expected, typ: 'JWT' })).toBeUndefined();
  });

  it('are not known when a byte of them differs', async () => {
    const [header, payload, signature] = jwt.split('.') as [string, string, string];
    const bent = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    expect(await verifier.verifyOwn(bent, keys, expected)).toBeUndefined();
    expect(await verifier.verifyOwn(bent, keys, expected)).toBeUndefined();
  });

  it('can\'t be changed by who was told their claims', async () => {
    const claims = (await verifier.verifyOwn(jwt, keys, expected)) as { jti: string };
    expect(() => { claims.jti = 'tok_2'; }).toThrow(TypeError);
    expect(await verifier.verifyOwn(jwt, keys, expected)).toMatchObject({ jti: 'tok_1' });
  });
});
