import { type Untrusted, asObject, own, refuseMetadata } from './metadata-members.js';

const MOST_KEYS = 50;
/** RFC 7517 and 7518: the members that make a key public, in the order of the canonical text. */
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'use', 'alg'] as const;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const BASE64URL = /^[\w-]+$/;
/** Bytes of a coordinate, by curve. */
const CURVES: ReadonlyMap<unknown, number> = new Map([['P-256', 32], ['P-384', 48], ['P-521', 66]]);

/**
 * Reads a client's JWK Set into canonical JSON text with nothing but public signature keys. Key material that had to stay
 * secret refuses the whole set (CIMD draft-02 section 8.2): whoever published it has lost it. Unknown kinds of keys are
 * skipped (RFC 7517 section 5); a set without a usable one refuses.
 */
export const readPublicJwks = (value: unknown): string => {
  const keys = own(asObject(value, 'jwks'), 'keys');
  if (!Array.isArray(keys)) return refuseMetadata('jwks must have a list named keys.');
  if (keys.length > MOST_KEYS) return refuseMetadata(`jwks must have at most ${MOST_KEYS} keys.`);
  const usable = keys.map((key: unknown) => readKey(asObject(key, 'each key of jwks'))).filter((key) => key !== undefined);
  if (usable.length === 0) return refuseMetadata('jwks has no key that can verify an ES256, ES384, ES512, RS256, PS256 or EdDSA signature.');
  // Sorted, so that publishing the same keys in another order is no change.
  return `{"keys":[${usable.sort().join(',')}]}`;
};

const readKey = (key: Untrusted): string | undefined => {
  const kty = own(key, 'kty');
  if (kty === 'oct' || PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member))) {
    return refuseMetadata('jwks has secret or private key material. Publish only the public members, and replace the exposed key.');
  }
  if (own(key, 'use') === 'enc' || !isVerificationKey(key)) return undefined;
  return JSON.stringify(Object.fromEntries(PUBLIC_MEMBERS.flatMap((member) => {
    const text = own(key, member);
    return typeof text === 'string' && text.length <= 2048 ? [[member, text]] : [];
  })));
};

const isVerificationKey = (key: Untrusted): boolean => {
  const bytes = (member: string): number => {
    const text = own(key, member);
    return typeof text === 'string' && BASE64URL.test(text) ? Math.floor((text.length * 3) / 4) : 0;
  };
  switch (own(key, 'kty')) {
    case 'EC': {
      const size = CURVES.get(own(key, 'crv'));
      return size !== undefined && bytes('x') === size && bytes('y') === size;
    }
    case 'OKP':
      return own(key, 'crv') === 'Ed25519' && bytes('x') === 32;
    case 'RSA':
      // Below 2048 bits a signature can be forged; a giant modulus or exponent makes verifying it our burden.
      // 'AA' are twelve zero bits: padding that makes a short modulus look long.
      return bytes('n') >= 256 && bytes('n') <= 1024 && !String(own(key, 'n')).startsWith('AA') && bytes('e') >= 1 && bytes('e') <= 4;
    default:
      return false;
  }
};
