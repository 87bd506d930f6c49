import type { DescribedClient } from './client-metadata.js';

/** What a registration answer tells beside the metadata. */
export interface Registered extends DescribedClient {
  readonly clientId: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** Only when the client authenticates with one: public clients refuse an answer that brings a secret. */
  readonly clientSecret?: string;
}

/**
 * The members of a registration answer (RFC 7591 section 3.2.1): everything as it took effect. Absent means absent: clients
 * fail to parse nulls and empty URLs, and want the arrays always.
 */
export const registrationAnswer = ({ clientId, issuedAt, clientSecret, name, metadata }: Registered): Readonly<Record<string, unknown>> => ({
  client_id: clientId,
  client_id_issued_at: issuedAt,
  // Zero: it does not expire. The RFC wants the member whenever there is a secret.
  ...(clientSecret === undefined ? {} : { client_secret: clientSecret, client_secret_expires_at: 0 }),
  client_name: name,
  redirect_uris: metadata.redirectUris,
  grant_types: metadata.grantTypes,
  response_types: metadata.grantTypes.includes('authorization_code') ? ['code'] : [],
  token_endpoint_auth_method: metadata.tokenEndpointAuthMethod,
  application_type: metadata.applicationType,
  ...(metadata.scope === undefined ? {} : { scope: metadata.scope.join(' ') }),
  ...(metadata.clientUri === undefined ? {} : { client_uri: metadata.clientUri }),
  ...(metadata.logoUri === undefined ? {} : { logo_uri: metadata.logoUri }),
  ...(metadata.jwksUri === undefined ? {} : { jwks_uri: metadata.jwksUri }),
  ...(metadata.jwks === undefined ? {} : { jwks: JSON.parse(metadata.jwks) as unknown }),
});
