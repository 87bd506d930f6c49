import { Controller, Get, Header, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ADMIN_SCOPES, adminApiUri, brokerRegistration, brokerUri, identityUri } from '../../commands/resources/hub-resources.js';
import { CIBA } from '../../commands/tokens/token-refused.js';
import { SigningKeys } from '../../commands/keys/signing-keys.js';
import { IDENTITY_SCOPES, OFFLINE_ACCESS } from '../../domain/token/identity-scopes.js';
import { ACR_VALUES } from '../../domain/user/authentication.js';
import { type TenantContext, Tenancy } from '../http/tenancy.js';
import { GrantTable } from './grants/grant-type.js';
import { OAuthError } from './oauth-error.js';

const CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'amr', 'acr', 'at_hash', 'name', 'email', 'email_verified'];
const OWN_RESOURCES = new Map([
  ['api', { uri: adminApiUri, scopes: ADMIN_SCOPES, ways: ['header'], name: 'Mandate admin API' }],
  ['connections', { uri: brokerUri, scopes: brokerRegistration('').scopes, ways: ['header'], name: 'Connected services' }],
  ['userinfo', { uri: identityUri, scopes: IDENTITY_SCOPES, ways: ['header', 'body'], name: 'Mandate userinfo' }],
]);

/** What is supported, said once: both discovery documents and the token endpoint read the same table. */
@Controller()
export class MetadataController {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly grants: GrantTable,
    private readonly keys: SigningKeys,
  ) {}

  /** RFC 8414. Tenants' inserted and appended forms arrive here too. */
  @Get('.well-known/oauth-authorization-server')
  @Header('cache-control', 'public, max-age=300')
  async authorizationServer(@Req() request: FastifyRequest): Promise<object> {
    return this.metadata(await this.tenancy.of(request));
  }

  /** OpenID Connect Discovery 1.0: clients that know only this one find the same server. */
  @Get('.well-known/openid-configuration')
  @Header('cache-control', 'public, max-age=300')
  async openidConfiguration(@Req() request: FastifyRequest): Promise<object> {
    return this.metadata(await this.tenancy.of(request));
  }

  /** RFC 9728 for the hub's own admin API and userinfo, which are resources like any other. */
  @Get('.well-known/oauth-protected-resource/:path')
  @Header('cache-control', 'public, max-age=300')
  async protectedResource(@Req() request: FastifyRequest, @Param('path') path: string): Promise<object> {
    const { issuer } = await this.tenancy.of(request);
    const own = OWN_RESOURCES.get(path);
    if (!own) throw new OAuthError('not_found', 'There is no such protected resource here.', 404);
    return {
      resource: own.uri(issuer), authorization_servers: [issuer], scopes_supported: own.scopes.map(({ name }) => name),
      bearer_methods_supported: own.ways, resource_name: own.name,
    };
  }

  /** RFC 7517. Next, active and retired keys: verifiers know a key before it signs and while its tokens live. */
  @Get('jwks')
  @Header('cache-control', 'public, max-age=300')
  async jwks(@Req() request: FastifyRequest): Promise<object> {
    const { keys } = await this.keys.all((await this.tenancy.of(request)).id);
    return { keys: keys.map(({ kid, alg, jwk }) => ({ ...(JSON.parse(jwk) as object), kid, alg, use: 'sig' })) };
  }

  private metadata({ issuer, tenant }: TenantContext): object {
    const open = tenant.registration;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      ...(open.dynamic === 'open' ? { registration_endpoint: `${issuer}/register` } : {}),
      jwks_uri: `${issuer}/jwks`,
      revocation_endpoint: `${issuer}/revoke`,
      introspection_endpoint: `${issuer}/introspect`,
      userinfo_endpoint: identityUri(issuer),
      scopes_supported: [...IDENTITY_SCOPES.map(({ name }) => name), OFFLINE_ACCESS],
      claims_supported: CLAIMS,
      acr_values_supported: ACR_VALUES,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: [...this.grants.keys()],
      // Whose assertions are believed is nobody's business here.
      authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      claims_parameter_supported: false,
      request_parameter_supported: false,
      // Left out, it would mean true (OpenID Connect Discovery section 3).
      request_uri_parameter_supported: false,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt', 'client_secret_basic', 'client_secret_post'],
      token_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA'],
      revocation_endpoint_auth_methods_supported: ['none', 'private_key_jwt', 'client_secret_basic', 'client_secret_post'],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      ...(this.grants.has(CIBA) ? { backchannel_authentication_endpoint: `${issuer}/bc-authorize`, backchannel_token_delivery_modes_supported: ['poll'], backchannel_user_code_parameter_supported: false } : {}),
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: open.metadataDocuments === 'open',
      protected_resources: [...OWN_RESOURCES.values()].map(({ uri }) => uri(issuer)),
    };
  }
}
