import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type JWK, calculateJwkThumbprint, compactVerify, importJWK, jwtVerify } from 'jose';
import type { Vault } from '../../../src/platform/vault/open-vault.js';
import { vaultDirectory } from './vault-directory.js';

const claims = { iss: 'https://as.example', sub: 'agt_1', aud: 'https://mcp.example/mcp', exp: 1_800_000_900, name: 'Zoë 😀' };

describe('the key ring', () => {
  let place: ReturnType<typeof vaultDirectory>;
  let vault: Vault;
  beforeEach(async () => {
    place = vaultDirectory();
    vault = await place.open();
  });
  afterEach(() => place.end());

  describe.each(['ES256', 'RS256'] as const)('with %s', (alg) => {
    it('signs what another implementation verifies, after a restart too', async () => {
      const { kid, jwk } = await vault.keyRing.generate('t1', alg);
      await vault.close();
      vault = await place.open();
      await vault.keyRing.load('t1', kid, alg);
      const key = await importJWK(JSON.parse(jwk) as JWK, alg);
      for (const typ of ['at+jwt', 'JWT', 'at+jwt']) {
        const { payload, protectedHeader } = await jwtVerify(vault.keyRing.sign(kid, typ, claims), key, { currentDate: new Date(1_800_000_000_000) });
        expect([payload, protectedHeader]).toEqual([claims, { alg, typ, kid }]);
      }
    });

    it('signs nothing that another key verifies', async () => {
      const [mine, other] = await Promise.all([vault.keyRing.generate('t1', alg), vault.keyRing.generate('t1', alg)]);
      await vault.keyRing.load('t1', mine.kid, alg);
      await expect(compactVerify(vault.keyRing.sign(mine.kid, 'JWT', claims), await importJWK(JSON.parse(other.jwk) as JWK, alg)))
        .rejects.toThrow('signature verification failed');
    });

    it('KM-03: publishes only public members, under a kid that says nothing', async () => {
      const { kid, jwk } = await vault.keyRing.generate('t1', alg);
      const published = JSON.parse(jwk) as JWK;
      expect(Object.keys(published).sort()).toEqual(['kty', 'kid', 'alg', 'use', ...(alg === 'ES256' ? ['crv', 'x', 'y'] : ['n', 'e'])].sort());
      expect(published).toMatchObject({ kid, alg, use: 'sig' });
      expect(kid).toBe(await calculateJwkThumbprint(published));
    });
  });

  it('signs with a loaded key only', async () => {
    const { kid } = await vault.keyRing.generate('t1', 'ES256');
    expect(() => vault.keyRing.sign(kid, 'JWT', claims)).toThrow('not loaded');
    await expect(vault.keyRing.load('t1', 'unknown', 'ES256')).rejects.toThrow('no signing key');
  });

  it('gives no tenant the key of another, and no algorithm the key of another', async () => {
    const { kid } = await vault.keyRing.generate('t1', 'ES256');
    await expect(vault.keyRing.load('t2', kid, 'ES256')).rejects.toThrow('no signing key');
    await expect(vault.keyRing.load('t1', kid, 'RS256')).rejects.toThrow('not for RS256');
  });

  it('destroys a key for good, also under a load that is on its way', async () => {
    const { kid } = await vault.keyRing.generate('t1', 'ES256');
    await vault.keyRing.load('t1', kid, 'ES256');
    const loading = vault.keyRing.load('t1', kid, 'ES256');
    await Promise.allSettled([loading, vault.keyRing.destroy('t1', kid)]);
    expect(() => vault.keyRing.sign(kid, 'JWT', claims)).toThrow('not loaded');
    await vault.close();
    vault = await place.open();
    await expect(vault.keyRing.load('t1', kid, 'ES256')).rejects.toThrow('no signing key');
  });
});
