import type { DiscoveredServer, RegisteredClient } from '../../domain/ports/downstream-oauth.js';
import { DownstreamRefused } from '../../domain/ports/downstream-oauth.js';

/** As the library gives it, after it has checked that the issuer is the one that was asked for. */
interface ServerMetadata {
  readonly issuer: string;
  readonly authorization_endpoint?: string | undefined;
  readonly token_endpoint?: string | undefined;
  readonly revocation_endpoint?: string | undefined;
  readonly registration_endpoint?: string | undefined;
  readonly jwks_uri?: string | undefined;
  readonly authorization_response_iss_parameter_supported?: boolean | undefined;
  readonly token_endpoint_auth_methods_supported?: readonly string[] | undefined;
  readonly scopes_supported?: readonly string[] | undefined;
  readonly code_challenge_methods_supported?: readonly string[] | undefined;
}

export const discoveredServer = (metadata: ServerMetadata): DiscoveredServer => {
  if (metadata.token_endpoint === undefined) throw new DownstreamRefused('no_token_endpoint', true, 'The authorization server names no token endpoint in its metadata.');
  return {
    issuer: metadata.issuer, authorizationEndpoint: metadata.authorization_endpoint, tokenEndpoint: metadata.token_endpoint, revocationEndpoint: metadata.revocation_endpoint,
    registrationEndpoint: metadata.registration_endpoint, jwksUri: metadata.jwks_uri, answersWithIssuer: metadata.authorization_response_iss_parameter_supported === true,
    // RFC 8414 section 2: without the member, basic is meant.
    authMethods: metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'], scopes: metadata.scopes_supported ?? [],
  };
};

const METHODS = ['none', 'client_secret_basic', 'client_secret_post'] as const;

/** RFC 7591 section 3.2.1: the server may have replaced what was asked for. */
export const registeredClient = (answer: Readonly<Record<string, unknown>>, asked: string): RegisteredClient => {
  const { client_id: clientId, client_secret: clientSecret, token_endpoint_auth_method: given } = answer;
  const method = METHODS.find((one) => one === (given ?? asked));
  if (typeof clientId !== 'string' || method === undefined) throw new DownstreamRefused('registration_invalid', true, 'The authorization server registered a client that can\'t be used here.');
  const secret = typeof clientSecret === 'string' ? clientSecret : undefined;
  if (method !== 'none' && secret === undefined) throw new DownstreamRefused('registration_invalid', true, 'The authorization server gave no secret with the client.');
  return { clientId, clientSecret: method === 'none' ? undefined : secret, clientAuthentication: method };
};
