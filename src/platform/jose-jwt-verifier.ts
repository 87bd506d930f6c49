import { hash } from 'node:crypto';
import { type CompactVerifyResult, type JWTPayload, compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { type Claims, type ForeignProblem, JwtVerifier, type SaidOfItself } from '../domain/ports/jwt-verifier.js';
import type { PublicKey } from '../domain/ports/key-ring.js';
import { VerifiedTokens } from './verified-tokens.js';

type LocalKeys = ReturnType<typeof createLocalJWKSet>;
/**
 * What a token was verified as, and by which keys: another array of them is another set, by which nothing has been verified yet.
 * A set stays for as long as a token that is remembered: public keys, as many sets as there were changes meanwhile.
 */
interface Verified {
  /** Frozen once somebody is told them: most that are signed here are never asked for, and it costs as much as a digest. */
  readonly claims: Readonly<JWTPayload>;
  readonly keys: LocalKeys;
  readonly typ: string;
  readonly issuer: string;
}

const MOST_SECONDS_AHEAD = 300;
const MOST_CLOCK_SKEW = 60;
const ASSERTION_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'];
/** RFC 7523bis: explicit typing is allowed, its absence too; anything else is another kind of token. */
const ASSERTION_TYPES: readonly (string | undefined)[] = [undefined, 'JWT', 'client-authentication+jwt'];
/** The type is recommended only (section 2.4), and not every provider gives it. */
const LOGOUT_TYPES: readonly (string | undefined)[] = [undefined, 'jwt', 'logout+jwt'];
/** Headers that would let a token bring its own key: a client that sends one is confused or hostile (CA-06). */
const FOREIGN_KEY_HEADERS = ['jku', 'x5u', 'jwk', 'x5c', 'crit'];

const FOREIGN_ALGORITHMS = ['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'EdDSA'];
/** Tokens of platforms have one or two thousand characters. */
const MOST_CHARACTERS = 16_384;
const MOST_FOREIGN_SETS = 200;

/** jose, with every choice made here and none by the token. */
export class JoseJwtVerifier extends JwtVerifier {
  private readonly sets = new WeakMap<readonly PublicKey[], LocalKeys>();
  /** Of all tenants together: how much of them is remembered must not grow with their number. */
  private readonly verified = new VerifiedTokens<Verified>();
  private readonly foreign = new Map<string, LocalKeys>();

  override async verifyOwn(jwt: string, keys: readonly PublicKey[], { typ, issuer, now }: Parameters<JwtVerifier['verifyOwn']>[2]): Promise<JWTPayload | undefined> {
    const set = this.setOf(keys);
    const digest = digestOf(jwt);
    const known = this.verified.get(digest);
    // Under the same keys the same bytes verify again as the same; what may have changed is the time, and that is asked each time.
    if (known && known.keys === set && known.typ === typ && known.issuer === issuer) return known.claims.exp! > now ? Object.freeze(known.claims) : undefined;
    try {
      const { payload } = await jwtVerify(jwt, set, {
        issuer, typ, algorithms: ['ES256', 'RS256'], currentDate: new Date(now * 1000), requiredClaims: ['exp', 'iat', 'jti', 'aud', 'sub'],
      });
      this.verified.add(digest, { claims: payload, keys: set, typ, issuer });
      return Object.freeze(payload);
    } catch {
      return undefined;
    }
  }

  override signed(jwt: string, claims: object, keys: readonly PublicKey[], { kid, typ, issuer }: Parameters<JwtVerifier['signed']>[3]): void {
    // Revoked between the signature and now: it verifies no more.
    if (keys.some((key) => key.kid === kid)) this.verified.add(digestOf(jwt), { claims: claims as JWTPayload, keys: this.setOf(keys), typ, issuer });
  }

  override async verifyAssertion(jwt: string, jwks: string, { clientId, issuer, now }: Parameters<JwtVerifier['verifyAssertion']>[2]): Promise<{ jti: string; exp: number }> {
    const { payload, protectedHeader } = await jwtVerify(jwt, createLocalJWKSet(JSON.parse(jwks) as Parameters<typeof createLocalJWKSet>[0]), {
      issuer: clientId, subject: clientId, algorithms: ASSERTION_ALGORITHMS, currentDate: new Date(now * 1000),
      clockTolerance: 5, requiredClaims: ['exp', 'jti', 'aud'],
    });
    if (FOREIGN_KEY_HEADERS.some((name) => name in protectedHeader)) throw new Error('the header names a key of its own');
    if (!ASSERTION_TYPES.includes(protectedHeader.typ)) throw new Error('the header has another typ');
    // One audience only, so that an assertion made for somebody else can't be used here (7523bis, CA-04).
    const audience = Array.isArray(payload.aud) && payload.aud.length === 1 ? payload.aud[0] : payload.aud;
    if (audience !== issuer) throw new Error('the audience is not this issuer');
    if (payload.exp! > now + MOST_SECONDS_AHEAD) throw new Error('it expires more than five minutes from now');
    if (payload.iat !== undefined && payload.iat > now + MOST_CLOCK_SKEW) throw new Error('it was issued in the future');
    if (typeof payload.jti !== 'string' || payload.jti === '' || payload.jti.length > 256) throw new Error('it has no usable jti');
    // A NumericDate may have a fraction, and what is kept by it may not: it is remembered for longer, never for less.
    return { jti: payload.jti, exp: Math.ceil(payload.exp!) };
  }

  override async verifyLogoutToken(jwt: string, jwks: string, algorithms: readonly string[]): Promise<JWTPayload> {
    const { payload, protectedHeader } = await compactVerify(jwt, createLocalJWKSet(JSON.parse(jwks) as Parameters<typeof createLocalJWKSet>[0]), { algorithms: [...algorithms] }).then(claimsIn);
    if (FOREIGN_KEY_HEADERS.some((name) => name in protectedHeader)) throw new Error('the header names a key of its own');
    if (!LOGOUT_TYPES.includes(protectedHeader.typ?.toLowerCase())) throw new Error('the header has another typ');
    return payload;
  }

  override unverified(jwt: string): SaidOfItself | undefined {
    if (jwt.length > MOST_CHARACTERS) return undefined;
    try {
      return { typ: decodeProtectedHeader(jwt).typ?.toLowerCase(), claims: decodeJwt(jwt) };
    } catch {
      return undefined;
    }
  }

  override async verifyForeign(jwt: string, jwks: string, { types, now }: Parameters<JwtVerifier['verifyForeign']>[2]): Promise<Claims | ForeignProblem> {
    try {
      const { payload, protectedHeader } = await jwtVerify(jwt, this.foreignSet(jwks), {
        algorithms: FOREIGN_ALGORITHMS, currentDate: new Date(now * 1000), clockTolerance: 5, requiredClaims: ['exp', 'aud', 'sub'],
      });
      if (FOREIGN_KEY_HEADERS.some((name) => name in protectedHeader)) return 'assertion.key_unknown';
      return types.includes(protectedHeader.typ?.toLowerCase()) ? payload : 'assertion.type_mismatch';
    } catch (error) {
      return foreignProblem(error);
    }
  }

  /** Keys that were imported once are not imported again. */
  private foreignSet(jwks: string): LocalKeys {
    let set = this.foreign.get(jwks);
    if (!set) {
      if (this.foreign.size >= MOST_FOREIGN_SETS) this.foreign.clear();
      set = createLocalJWKSet(JSON.parse(jwks) as Parameters<typeof createLocalJWKSet>[0]);
      this.foreign.set(jwks, set);
    }
    return set;
  }

  private setOf(keys: readonly PublicKey[]): LocalKeys {
    let set = this.sets.get(keys);
    if (!set) {
      set = createLocalJWKSet({ keys: keys.map(({ kid, alg, jwk }) => ({ ...(JSON.parse(jwk) as object), kid, alg, use: 'sig' })) as never });
      this.sets.set(keys, set);
    }
    return set;
  }
}

/** Of the whole token, its signature too: nothing else is ever found under it. */
const digestOf = (jwt: string): string => hash('sha256', jwt, 'base64url');

const claimsIn = ({ payload, protectedHeader }: CompactVerifyResult) => {
  const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw new Error('it says nothing');
  return { payload: claims as JWTPayload, protectedHeader };
};

const foreignProblem = (error: unknown): ForeignProblem => {
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return 'assertion.key_unknown';
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) return 'assertion.algorithm';
  if (error instanceof errors.JWTExpired) return 'assertion.expired';
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim === 'nbf' ? 'assertion.not_yet_valid' : 'assertion.malformed';
  return error instanceof errors.JWSSignatureVerificationFailed ? 'assertion.signature_invalid' : 'assertion.malformed';
};
