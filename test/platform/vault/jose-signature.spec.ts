import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { joseSignature } from '../../../src/platform/vault/jose-signature.js';

/** A DER INTEGER of these bytes, as they are. */
const integer = (...bytes: readonly number[]): readonly number[] => [0x02, bytes.length, ...bytes];
const sequence = (...numbers: readonly (readonly number[])[]): Buffer => Buffer.from([0x30, numbers.flat().length, ...numbers.flat()]);
const bytes = (length: number, value: number): readonly number[] => Array.from({ length }, () => value);
const read = (text: string): readonly number[] => [...Buffer.from(text, 'base64url')];

describe('an ES256 signature as JWS has it', () => {
  it.each([
    ['both numbers fill their place', sequence(integer(...bytes(32, 0x11)), integer(...bytes(32, 0x22))), [...bytes(32, 0x11), ...bytes(32, 0x22)]],
    ['both begin with a set bit', sequence(integer(0, ...bytes(32, 0xf1)), integer(0, ...bytes(32, 0xf2))), [...bytes(32, 0xf1), ...bytes(32, 0xf2)]],
    ['the first is short', sequence(integer(...bytes(30, 0x11)), integer(0, ...bytes(32, 0xf2))), [0, 0, ...bytes(30, 0x11), ...bytes(32, 0xf2)]],
    ['the second is short, with a zero before it', sequence(integer(0, ...bytes(32, 0xf1)), integer(0, 0xff)), [...bytes(32, 0xf1), ...bytes(31, 0), 0xff]],
    ['both are as short as can be', sequence(integer(1), integer(2)), [...bytes(31, 0), 1, ...bytes(31, 0), 2]],
  ])('has each number in its place when %s', (_, der, expected) => {
    expect(read(joseSignature(der))).toEqual(expected);
  });

  it('verifies, each of two thousand, and says nothing of the one before it', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (let n = 0; n < 2_000; n += 1) {
      const said = Buffer.from(`${n}`);
      const der = sign('sha256', said, privateKey);
      const signature = Buffer.from(joseSignature(der), 'base64url');
      expect(signature).toHaveLength(64);
      if (!verify('sha256', said, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)) throw new Error(`${der.toString('hex')} became ${signature.toString('hex')}`);
    }
  });
});
