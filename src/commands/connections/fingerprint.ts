import type { Crypto } from '../../domain/ports/crypto.js';

/** Tells one secret from another. Under a key of the deployment: a short password can't be guessed from its fingerprint. */
export const fingerprintOf = (crypto: Crypto, tenant: string, secret: string): string => crypto.mac('credential-fingerprint', JSON.stringify([tenant, secret]));
