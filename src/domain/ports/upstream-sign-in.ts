import type { ProviderEndpoints } from '../idp/idp.events.js';
import type { IdentityProvider } from '../idp/idp.decider.js';

export interface DiscoveredProvider {
  /** As the metadata has it; a template where one metadata document serves several directories. */
  readonly issuer: string;
  readonly endpoints: ProviderEndpoints;
}

/** One trip to the provider; kept until the browser comes back. */
export interface SignInTrip {
  readonly redirectUri: string;
  readonly state: string;
  readonly codeVerifier: string;
  readonly nonce: string;
  /** The person has to prove anew who they are (OIDC prompt=login). */
  readonly fresh: boolean;
}

export type UpstreamClaims = Readonly<Record<string, unknown>>;
/** What a verified ID token says. */
export interface UpstreamIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: UpstreamClaims;
  readonly idToken: string;
}

/**
 * Nobody is signed in. 'away': the provider could not be reached or had a problem; to try again may help. 'denied': it says
 * that the person may not, or does not want to. 'invalid': what it said is not to be believed. `reason` is a word for the record.
 */
export class UpstreamRefused extends Error {
  override readonly name = 'UpstreamRefused';
  constructor(readonly kind: 'away' | 'denied' | 'invalid', readonly reason: string, message: string) {
    super(message);
  }
}

/** OpenID Connect as a relying party. Everything rejects with UpstreamRefused. */
export abstract class UpstreamSignIn {
  /** OpenID Connect Discovery; the issuer has to be the one that was asked for. */
  abstract discover(issuer: string): Promise<DiscoveredProvider>;
  /** Where the browser is sent: code, PKCE S256, state, nonce. */
  abstract authorizationUrl(provider: IdentityProvider, trip: SignInTrip): Promise<string>;
  /**
   * Redeems the code in `answer` (the query that the browser brought) after its state and issuer (RFC 9207) were found to be
   * those of the trip, and checks the ID token: signature by the provider's keys as they are now, asymmetric, issuer, audience,
   * authorized party, nonce, times.
   */
  abstract redeem(provider: IdentityProvider, secret: string, answer: string, trip: SignInTrip): Promise<UpstreamIdentity>;
  /** The provider's keys as they are now: a JWK Set, as JSON text. */
  abstract keys(provider: IdentityProvider): Promise<string>;
  /** OpenID Connect RP-Initiated Logout 1.0; undefined when the provider offers none. */
  abstract endSessionUrl(provider: IdentityProvider, ask: { readonly idToken: string; readonly redirectUri: string }): string | undefined;
}
