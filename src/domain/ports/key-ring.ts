export type SigningAlgorithm = 'ES256' | 'RS256';

export interface PublicKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** Public JWK as JSON text, without private members (RFC 7517). */
  readonly jwk: string;
}

/** Signing keys by tenant. Private keys live sealed in the vault; which one is in use is told by the ledger. */
export abstract class KeyRing {
  /** Makes a key pair, seals the private half into the vault, and gives back the public half. */
  abstract generate(tenant: string, alg: SigningAlgorithm): Promise<PublicKey>;
  /** Opens a private key so that `sign` can use it at once. Rejects with SecretMissing when the vault has no such key. */
  abstract load(tenant: string, kid: string, alg: SigningAlgorithm): Promise<void>;
  /** A compact JWS (RFC 7515). Synchronous, with a key that was loaded; throws SecretsUnavailable when it was not, or is destroyed. */
  abstract sign(kid: string, typ: string, claims: object): string;
  /** Destroys the private half. */
  abstract destroy(tenant: string, kid: string): Promise<void>;
}
