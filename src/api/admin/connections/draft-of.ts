import type { z } from 'zod';
import type { ConnectionDraft } from '../../../commands/connections/connection-drafts.js';
import type { connectionDraft } from './connection.schemas.js';

type Given = z.output<typeof connectionDraft>;

const oauthOf = ({ client_id, answers_with_issuer, authorization_endpoint, token_endpoint, revocation_endpoint, jwks_uri, client_authentication, authorize_parameters, scope_separator, extra_scopes, assumed_lifetime, ...same }: NonNullable<Given['oauth']>) => ({
  ...same, clientId: client_id, answersWithIssuer: answers_with_issuer, authorizationEndpoint: authorization_endpoint, tokenEndpoint: token_endpoint,
  revocationEndpoint: revocation_endpoint, jwksUri: jwks_uri, clientAuthentication: client_authentication, authorizeParameters: authorize_parameters,
  scopeSeparator: scope_separator, extraScopes: extra_scopes, assumedLifetime: assumed_lifetime,
});

/** What came in over the API, as commands say it. */
export const draftOf = ({ held_by, mcp_server, api_key, default_scopes, client_secret, oauth, routes, ...same }: Given): ConnectionDraft => ({
  ...same, heldBy: held_by, mcpServer: mcp_server, defaultScopes: default_scopes, clientSecret: client_secret,
  ...(routes ? { routes: routes.map(({ scopes, ...route }) => ({ ...route, ...(scopes ? { scopes } : {}) })) } : {}),
  ...(api_key ? { apiKey: api_key as NonNullable<ConnectionDraft['apiKey']> } : {}),
  ...(oauth ? { oauth: oauthOf(oauth) as NonNullable<ConnectionDraft['oauth']> } : {}),
});
