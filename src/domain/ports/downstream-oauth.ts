import type { OAuthSettings } from '../connection/connection.events.js';

/** What RFC 8414 metadata says of an authorization server, as far as a connection needs it. */
export interface DiscoveredServer {
  readonly issuer: string;
  readonly authorizationEndpoint: string | undefined;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string | undefined;
  readonly registrationEndpoint: string | undefined;
  readonly jwksUri: string | undefined;
  readonly answersWithIssuer: boolean;
  readonly authMethods: readonly string[];
  readonly scopes: readonly string[];
}
/** RFC 9728: a protected resource and who gives tokens for it. */
export interface DiscoveredResource {
  readonly resource: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
}
export interface RegisteredClient {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly clientAuthentication: OAuthSettings['clientAuthentication'];
}

/** The hub as a client of the service. */
export interface ServiceClient {
  readonly oauth: OAuthSettings;
  /** Client secret, or private key as `generateKey` made it; undefined for a public client. */
  readonly secret: string | undefined;
}
/** What one authorization was begun with; kept until the browser comes back. */
export interface AuthorizationAttempt {
  readonly redirectUri: string;
  readonly state: string;
  readonly codeVerifier: string;
  readonly nonce: string;
  readonly scopes: readonly string[];
}
export interface ServiceTokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Seconds; undefined when the service does not say. */
  readonly expiresIn: number | undefined;
  /** Undefined when the service does not say: then it gave what was asked for. */
  readonly scopes: readonly string[] | undefined;
}

/**
 * The service gave nothing. `reason` is a word for the record, of OAuth where the service used one. `final`: asking again
 * with the same will not help; else it was away, or slow, or confused.
 */
export class DownstreamRefused extends Error {
  override readonly name = 'DownstreamRefused';
  constructor(readonly reason: string, readonly final: boolean, message: string) {
    super(message);
  }
}

/** OAuth 2.0 towards services that are not ours. Everything rejects with DownstreamRefused. */
export abstract class DownstreamOAuth {
  /** RFC 8414, or OpenID Connect Discovery where there is only that. */
  abstract discoverServer(issuer: string): Promise<DiscoveredServer>;
  abstract discoverResource(resource: string): Promise<DiscoveredResource>;
  /** RFC 7591. */
  abstract register(server: DiscoveredServer, client: { readonly redirectUri: string; readonly name: string; readonly scopes: readonly string[] }): Promise<RegisteredClient>;
  /** An ES256 key pair for private_key_jwt. */
  abstract generateKey(): Promise<{ readonly secret: string; readonly jwk: string }>;
  /** Where the browser is sent: code, PKCE S256, state, and a nonce where the service speaks OpenID Connect. */
  abstract authorizationUrl(oauth: OAuthSettings, attempt: AuthorizationAttempt): Promise<string>;
  /**
   * Redeems the code in `answer` (the query that the browser brought), after state, and issuer where it is known
   * (RFC 9207), were found to be those of the attempt.
   */
  abstract redeem(client: ServiceClient, answer: string, attempt: AuthorizationAttempt): Promise<ServiceTokens>;
  abstract refresh(client: ServiceClient, refreshToken: string): Promise<ServiceTokens>;
  abstract clientCredentials(client: ServiceClient, scopes: readonly string[]): Promise<ServiceTokens>;
  /** RFC 7009. */
  abstract revoke(client: ServiceClient, token: string, hint: 'access_token' | 'refresh_token'): Promise<void>;
}
