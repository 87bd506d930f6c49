import { type Acr, acrOf } from '../user/authentication.js';

/** What an ID token says: OpenID Connect Core section 2. Who the person is beside the ID is for the userinfo endpoint alone. */
export interface IdTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  readonly auth_time: number;
  readonly amr: readonly string[];
  readonly acr: Acr;
  readonly at_hash: string;
  readonly nonce?: string;
}

export interface IdTokenFacts {
  readonly issuer: string;
  readonly userId: string;
  readonly clientId: string;
  readonly now: number;
  readonly authTime: number;
  readonly methods: readonly string[];
  /** Left half of the access token's SHA-256 (section 3.1.3.6). */
  readonly accessTokenHash: string;
  /** What the client gave with its request; a refreshed token has none (section 12.2). */
  readonly nonce: string | undefined;
}

/** Seconds. It tells of a sign-in and opens nothing; longer than a slow client takes to look at it. */
const LIFETIME = 3600;

export const idTokenClaims = (facts: IdTokenFacts): IdTokenClaims => ({
  iss: facts.issuer, sub: facts.userId, aud: facts.clientId, iat: facts.now, exp: facts.now + LIFETIME,
  auth_time: facts.authTime, amr: facts.methods, acr: acrOf(facts.methods), at_hash: facts.accessTokenHash,
  ...(facts.nonce === undefined ? {} : { nonce: facts.nonce }),
});
