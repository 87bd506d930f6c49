import { type JWTPayload, errors, jwtVerify } from 'jose';
import { FetchFailure } from './bounded-fetch.js';
import type { Issuer } from './issuer.js';
import { type Principal, principalFrom } from './principal.js';
import { Refusal, type RefusalReason, invalidToken, unavailable } from './refusal.js';
import type { Settings } from './settings.js';

/** RFC 9068 section 2.2. */
const REQUIRED = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'];
const NOT_VALID = 'The access token is not valid here.';

/** Which check of jose failed, in our words: exact for the log, plain for the caller. */
const refusalOf = (error: unknown): Refusal => {
  const refuse = (reason: RefusalReason, description = NOT_VALID): Refusal => invalidToken(reason, description, error);
  if (error instanceof Refusal) return error;
  if (error instanceof FetchFailure) return unavailable('issuer.unavailable', error);
  if (error instanceof errors.JWTExpired) return refuse('token.expired', 'The access token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return refuse('token.audience', 'The access token was issued for another resource.');
    if (error.claim === 'iss') return refuse('token.issuer');
    if (error.claim === 'typ') return refuse('token.type', 'This is no access token.');
    return refuse('token.claims');
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return refuse('token.key_unknown');
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return refuse('token.malformed');
  // A wrong signature, a refused algorithm, and whatever else jose or the platform's cryptography objects to.
  return refuse('token.signature');
};

export class TokenVerifier {
  constructor(
    private readonly settings: Settings,
    private readonly issuer: Issuer,
  ) {}

  /** Who the token speaks for, or a Refusal: 401 when it isn't good here, 503 when that can't be found out. */
  async verify(token: string): Promise<Principal> {
    const claims = await this.#claims(token);
    // RFC 9449 section 7.2: a bound token without its proof is a stolen one as far as we can tell.
    if (claims['cnf'] !== undefined) throw invalidToken('token.bound', 'The access token is bound to a key, and this server takes bearer tokens only.');
    const principal = principalFrom(claims, this.settings.tenantClaim);
    this.#checkTenant(principal.tenant);
    return principal;
  }

  async #claims(token: string): Promise<JWTPayload> {
    const { issuer, resource, algorithms, clockSkew, now } = this.settings;
    try {
      // The list of algorithms is ours: the header picks from it and can neither widen it nor name where the key is (RFC 8725 section 3.1).
      const verified = await jwtVerify(token, (header, jws) => this.issuer.keyFor(header, jws), {
        algorithms: [...algorithms],
        typ: 'at+jwt',
        issuer,
        audience: resource,
        requiredClaims: REQUIRED,
        clockTolerance: clockSkew,
        currentDate: new Date(now()),
      });
      return verified.payload;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  #checkTenant(tenant: string | undefined): void {
    const { tenant: expected } = this.settings;
    if (expected === undefined) return;
    const accepted = typeof expected === 'function' ? expected(tenant) : tenant === expected;
    if (!accepted) throw invalidToken('token.tenant', NOT_VALID, new Error(`The token is of tenant ${tenant ?? '(none)'}.`));
  }
}
