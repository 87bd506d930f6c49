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

  describe('that were signed here a moment ago', () => {
    /** Its signature verifies under no key: whoever is told its claims was not told by the signature. */
    const unsigned = (): { text: string; claims: object } => {
      const [header, payload] = jwt.split('.') as [string, string];
      return { text: `${header}.${payload}.${Buffer.alloc(64, 7).toString('base64url')}`, claims: JSON.parse(Buffer.from(payload, 'base64url').toString()) as object };
    };
    const by = { kid: 'k', typ: 'at+jwt', issuer: ISSUER };

    it('are known without another look at the signature, until they expire', async () => {
      const { text, claims } = unsigned();
      expect(await verifier.verifyOwn(text, keys, expected)).toBeUndefined();
      verifier.signed(text, claims, keys, by);
      expect(await verifier.verifyOwn(text, keys, expected)).toEqual(claims);
      expect(await verifier.verifyOwn(text, keys, { ...expected, now: NOW + 60 })).toBeUndefined();
    });

    it('say nothing of others with the same claims or the same signature, nor of themselves elsewhere', async () => {
      const { text, claims } = unsigned();
      verifier.signed(text, claims, keys, by);
      const [header, payload, signature] = text.split('.') as [string, string, string];
      const wider = Buffer.from(JSON.stringify({ ...claims, scope: 'everything' })).toString('base64url');
      for (const other of [`${header}.${wider}.${signature}`, `${header}.${payload}.${'A'.repeat(86)}`, `${text}.`, `${text}A`, ` ${text}`])
        expect(await verifier.verifyOwn(other, keys, expected)).toBeUndefined();
      expect(await verifier.verifyOwn(text, others, expected)).toBeUndefined();
      expect(await verifier.verifyOwn(text, keys, { ...expected, typ: 'JWT' })).toBeUndefined();
      expect(await verifier.verifyOwn(text, keys, { ...expected, issuer: 'https://other.example' })).toBeUndefined();
    });

    it('are not known when their key is none of these any more', async () => {
      const { text, claims } = unsigned();
      const left = [{ ...keys[0]!, kid: 'next' }];
      verifier.signed(text, claims, left, by);
      expect(await verifier.verifyOwn(text, left, expected)).toBeUndefined();
    });

    it('are forgotten for younger ones, unless somebody asks for them meanwhile', async () => {
      const set = [...keys];
      const { text, claims } = unsigned();
      const [lost, kept] = [text, `${text.slice(0, -1)}Q`];
      for (const one of [lost, kept]) verifier.signed(one, claims, set, by);
      for (let round = 0; round < 4; round += 1) {
        for (let n = 0; n < 4_000; n += 1) verifier.signed(`${round}.${n}`, {}, set, by);
        expect(await verifier.verifyOwn(kept, set, expected)).toEqual(claims);
      }
      expect(await verifier.verifyOwn(lost, set, expected)).toBeUndefined();
    });

    it('are as few for many tenants as for one: those of one are forgotten for those of the others', async () => {
      const tenants = Array.from({ length: 10 }, () => [...keys]);
      const { text, claims } = unsigned();
      verifier.signed(text, claims, tenants[0]!, by);
      expect(await verifier.verifyOwn(text, tenants[0]!, expected)).toEqual(claims);
      for (const [tenant, others] of tenants.slice(1).entries()) for (let n = 0; n < 1_000; n += 1) verifier.signed(`${tenant}.${n}`, {}, others, by);
      expect(await verifier.verifyOwn(text, tenants[0]!, expected)).toBeUndefined();
    });
  });

  it('can\'t be changed by who was told their claims', async () => {
    const claims = (await verifier.verifyOwn(jwt, keys, expected)) as { jti: string };
    expect(() => { claims.jti = 'tok_2'; }).toThrow(TypeError);
    expect(await verifier.verifyOwn(jwt, keys, expected)).toMatchObject({ jti: 'tok_1' });
  });
});

describe('a client assertion', () => {
  it('whose end has a fraction of a second is remembered to the next whole one, which is all that a vault in PostgreSQL can keep', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwt = await new SignJWT({ iss: 'agt_x', sub: 'agt_x', aud: ISSUER, jti: 'j', exp: NOW + 59.25 }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    const jwks = JSON.stringify({ keys: [await exportJWK(publicKey)] });
    expect(await new JoseJwtVerifier().verifyAssertion(jwt, jwks, { clientId: 'agt_x', issuer: ISSUER, now: NOW })).toEqual({ jti: 'j', exp: NOW + 60 });
  });
});
