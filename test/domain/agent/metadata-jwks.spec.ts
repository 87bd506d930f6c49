import { describe, expect, it } from '@jest/globals';
import { readPublicJwks } from '../../../src/domain/agent/metadata-jwks.js';
import { Refusal } from '../../../src/domain/kernel/refusal.js';
import { ecKey, edKey, rsaKey } from './public-jwks.js';

describe('a client\'s JWK Set', () => {
  it('keeps public signature keys and nothing else', () => {
    const text = readPublicJwks({ keys: [{ ...rsaKey, kid: 'r', use: 'sig', alg: 'RS256', x5u: 'https://evil.example', x5c: ['AAAA'], key_ops: ['verify'] }, edKey, ecKey], extra: 1 });
    const { keys } = JSON.parse(text) as { keys: object[] };
    expect(keys).toHaveLength(3);
    expect(keys).toEqual(expect.arrayContaining([{ ...rsaKey, kid: 'r', use: 'sig', alg: 'RS256' }, edKey, ecKey]));
  });

  it('skips keys for other purposes and of unknown kinds', () => {
    const keys = [{ ...ecKey, use: 'enc' }, { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }, { ...ecKey, crv: 'secp256k1' }, ecKey];
    expect(JSON.parse(readPublicJwks({ keys }))).toEqual({ keys: [ecKey] });
  });

  it.each([
    ['no keys', {}], ['no usable key', { keys: [] }], ['a list', []], ['a key that is text', { keys: ['x'] }],
    ['WF-08: 500 keys', { keys: Array.from({ length: 500 }, () => ecKey) }],
    ['WF-08: a 512-bit RSA key', { keys: [{ ...rsaKey, n: rsaKey.n.slice(0, 86) }] }],
    ['a 512-bit RSA key in the clothes of a longer one', { keys: [{ ...rsaKey, n: 'A'.repeat(256) + rsaKey.n.slice(0, 86) }] }],
    ['WF-08: a giant modulus', { keys: [{ ...rsaKey, n: 'x'.repeat(10_000) }] }],
    ['WF-08: a giant exponent', { keys: [{ ...rsaKey, e: 'x'.repeat(300) }] }],
    ['WF-08: an oct key', { keys: [ecKey, { kty: 'oct' }] }],
    ['WF-08: private parts', { keys: [{ ...edKey, d: 'AAAA' }] }],
    ['a point of the wrong size', { keys: [{ ...ecKey, x: 'AAAA' }] }],
    ['a curve that is a list of one', { keys: [{ ...ecKey, crv: ['P-256'] }] }],
    ['a curve named like a prototype member', { keys: [{ ...ecKey, crv: 'constructor' }] }],
  ])('is refused for %s', (_, set) => {
    expect(() => readPublicJwks(set)).toThrow(Refusal);
  });
});
