import { readPublicJwks } from '../agent/metadata-jwks.js';
import { Refusal } from '../kernel/refusal.js';

interface Key {
  readonly kty: string;
  readonly crv?: string;
  readonly use?: string;
  readonly alg?: string;
}

const CURVES: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };
/** A key that does not say so is good for one algorithm all the same, and the token has no say in which (WF-06). */
const pinned = (key: Key): Key => ({ ...key, alg: key.alg ?? (key.kty === 'RSA' ? 'RS256' : key.kty === 'OKP' ? 'EdDSA' : CURVES[key.crv ?? '']!) });

/** SPIFFE bundles hold keys for certificates too, and call those for tokens by a use of their own (SPIFFE Trust Domain and Bundle section 4.2). */
const ofSvids = (value: unknown): unknown => {
  const keys = (value as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) return value;
  const wanted = keys.filter((key: unknown) => (key as Key | null)?.use !== 'x509-svid');
  return { keys: wanted.map((key: unknown) => ((key as Key | null)?.use === 'jwt-svid' ? { ...(key as Key), use: 'sig' } : key)) };
};

/** Reads an issuer's JWK Set into canonical JSON text: public signature keys only, bounded in number and kind (WF-08). Throws Refusal('trust.invalid'). */
export const readIssuerJwks = (value: unknown, platform: string): string => {
  try {
    const { keys } = JSON.parse(readPublicJwks(platform === 'spiffe' ? ofSvids(value) : value)) as { keys: readonly Key[] };
    return JSON.stringify({ keys: keys.map(pinned) });
  } catch (error) {
    throw error instanceof Refusal ? new Refusal('trust.invalid', error.message) : error;
  }
};
