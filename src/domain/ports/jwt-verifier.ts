import type { PublicKey } from './key-ring.js';

export type Claims = Readonly<Record<string, unknown>>;
/** What a token says of itself before anything is verified: only for finding the keys that it must verify with. */
export interface SaidOfItself {
  readonly typ: string | undefined;
  readonly claims: Claims;
}
export type ForeignProblem =
  | 'assertion.type_mismatch' | 'assertion.algorithm' | 'assertion.key_unknown' | 'assertion.signature_invalid' | 'assertion.expired' | 'assertion.not_yet_valid' | 'assertion.malformed';

/** Checks compact JWS (RFC 7515) with keys that are named beforehand; nothing in the token's header chooses the key's kind. */
export abstract class JwtVerifier {
  /** Claims of one of our own tokens, or undefined when signature, `typ`, `iss` or `exp` do not hold. */
  abstract verifyOwn(jwt: string, keys: readonly PublicKey[], expected: { readonly typ: string; readonly issuer: string; readonly now: number }): Promise<Readonly<Record<string, unknown>> | undefined>;
  /**
   * Takes note of a token that was signed here a moment ago, with `kid` of `keys`: as long as these keys count, verifying just
   * its bytes gives these claims, which nobody changes from here on, and costs no signature. Of any other bytes it says nothing.
   */
  abstract signed(jwt: string, claims: object, keys: readonly PublicKey[], by: { readonly kid: string; readonly typ: string; readonly issuer: string }): void;
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
  /** Undefined when it can't be read or is too long to be looked at. */
  abstract unverified(jwt: string): SaidOfItself | undefined;
  /**
   * The claims of another issuer's token: signed by one of `jwks` (JSON text) with ES256, ES384, ES512, RS256, PS256 or EdDSA,
   * its `typ` (lower case) among `types`, with `sub`, `aud` and an `exp` that is to come; or why not. No header of the token
   * names a key. `iss`, `aud` and how long it lives are the caller's to judge.
   */
  abstract verifyForeign(jwt: string, jwks: string, expected: { readonly types: readonly (string | undefined)[]; readonly now: number }): Promise<Claims | ForeignProblem>;
}
