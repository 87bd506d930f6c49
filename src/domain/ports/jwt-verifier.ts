import type { PublicKey } from './key-ring.js';

/** Checks compact JWS (RFC 7515) with keys that are named beforehand; nothing in the token's header chooses the key's kind. */
export abstract class JwtVerifier {
  /** Claims of one of our own tokens, or undefined when signature, `typ`, `iss` or `exp` do not hold. */
  abstract verifyOwn(jwt: string, keys: readonly PublicKey[], expected: { readonly typ: string; readonly issuer: string; readonly now: number }): Promise<Readonly<Record<string, unknown>> | undefined>;
  /**
   * A client's assertion (RFC 7523 section 3, 7523bis): signed by one of `jwks` (JSON text) with ES256, RS256, PS256 or EdDSA;
   * `aud` is the issuer as its only value; `exp` at most 5 minutes ahead; `iss` and `sub` are the client. Throws with the
   * reason, for the record.
   */
  abstract verifyAssertion(jwt: string, jwks: string, expected: { readonly clientId: string; readonly issuer: string; readonly now: number }): Promise<{ readonly jti: string; readonly exp: number }>;
  /**
   * The claims of a logout token (OpenID Connect Back-Channel Logout 1.0): signed by one of `jwks` (JSON text) with one of
   * `algorithms`, and of no other type. What the claims say is the caller's to judge. Throws.
   */
  abstract verifyLogoutToken(jwt: string, jwks: string, algorithms: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
}
