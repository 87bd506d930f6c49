import type { IdentityProvider } from '../../domain/idp/idp.decider.js';
import { ID_TOKEN_ALGORITHMS } from '../../domain/idp/provider-checks.js';
import { type DiscoveredProvider, UpstreamRefused } from '../../domain/ports/upstream-sign-in.js';

/** The members of OpenID Provider Metadata that signing in needs (OpenID Connect Discovery 1.0 section 3, RFC 9207). */
interface ProviderMetadata {
  readonly issuer: string;
  readonly authorization_endpoint?: string | undefined;
  readonly token_endpoint?: string | undefined;
  readonly jwks_uri?: string | undefined;
  readonly end_session_endpoint?: unknown;
  readonly authorization_response_iss_parameter_supported?: boolean | undefined;
  readonly id_token_signing_alg_values_supported?: readonly string[] | undefined;
}

export const discoveredProvider = (found: ProviderMetadata): DiscoveredProvider => {
  const { issuer, authorization_endpoint: authorization, token_endpoint: token, jwks_uri: jwks, end_session_endpoint: endSession } = found;
  const algorithms = found.id_token_signing_alg_values_supported ?? ['RS256'];
  for (const [name, value] of Object.entries({ authorization_endpoint: authorization, token_endpoint: token, jwks_uri: jwks }))
    if (typeof value !== 'string') throw new UpstreamRefused('invalid', 'metadata', `The metadata there names no ${name}.`);
  return {
    issuer,
    endpoints: {
      authorization: authorization!, token: token!, jwks: jwks!, ...(typeof endSession === 'string' ? { endSession } : {}),
      answersWithIssuer: found.authorization_response_iss_parameter_supported === true,
      algorithms: Array.isArray(algorithms) ? algorithms.filter((one) => ID_TOKEN_ALGORITHMS.includes(one)) : [],
    },
  };
};

/** What was discovered, in the form that it was discovered in. */
export const metadataOf = ({ issuer, endpoints }: IdentityProvider): ProviderMetadata => ({
  issuer, authorization_endpoint: endpoints.authorization, token_endpoint: endpoints.token, jwks_uri: endpoints.jwks,
  authorization_response_iss_parameter_supported: endpoints.answersWithIssuer, id_token_signing_alg_values_supported: endpoints.algorithms,
});
