import * as oauth from 'oauth4webapi';
import type { OAuthSettings } from '../../domain/connection/connection.events.js';
import {
  type AuthorizationAttempt, type DiscoveredResource, type DiscoveredServer, DownstreamOAuth, DownstreamRefused, type RegisteredClient, type ServiceClient, type ServiceTokens,
} from '../../domain/ports/downstream-oauth.js';
import type { OutboundHttp } from '../../domain/ports/outbound-http.js';
import { clientAuthentication } from './client-authentication.js';
import { discoveredServer, registeredClient } from './discovered.js';
import { fetchThrough } from './fetch-through.js';

type Answer = { readonly access_token: string; readonly token_type: string; readonly refresh_token?: string | undefined; readonly expires_in?: number | undefined; readonly scope?: string | undefined };

/** What is final by RFC 6749 section 5.2: the service has understood, and says no. */
const FINAL: readonly string[] = ['invalid_grant', 'invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope', 'invalid_target', 'access_denied', 'consent_required', 'interaction_required'];
const WORD = /^[\x21-\x7e]{1,64}$/;

/** OAuth 2.0 as a client, by the library that the hub's own conformance is tried with. */
export class OAuthClient extends DownstreamOAuth {
  readonly #fetch;

  constructor(http: OutboundHttp) {
    super();
    this.#fetch = fetchThrough(http);
  }

  override discoverServer(issuer: string): Promise<DiscoveredServer> {
    return this.#asked(async () => {
      const url = new URL(issuer);
      let response = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...this.#options(issuer) });
      if (response.status === 404) response = await oauth.discoveryRequest(url, { algorithm: 'oidc', ...this.#options(issuer) });
      return discoveredServer(await oauth.processDiscoveryResponse(url, response));
    });
  }

  override discoverResource(resource: string): Promise<DiscoveredResource> {
    return this.#asked(async () => {
      const url = new URL(resource);
      const found = await oauth.processResourceDiscoveryResponse(url, await oauth.resourceDiscoveryRequest(url, this.#options(resource)));
      const issuer = found.authorization_servers?.[0];
      if (issuer === undefined) throw new DownstreamRefused('no_authorization_server', true, 'The server names no authorization server in its metadata (RFC 9728).');
      return { resource: found.resource, issuer, scopes: found.scopes_supported ?? [] };
    });
  }

  override register(server: DiscoveredServer, { redirectUri, name, scopes }: { redirectUri: string; name: string; scopes: readonly string[] }): Promise<RegisteredClient> {
    return this.#asked(async () => {
      if (server.registrationEndpoint === undefined) throw new DownstreamRefused('no_registration', true, 'The authorization server registers no clients by itself (RFC 7591). Register one there and give its client_id.');
      const method = ['client_secret_basic', 'client_secret_post', 'none'].find((one) => server.authMethods.includes(one)) ?? 'client_secret_basic';
      const response = await oauth.dynamicClientRegistrationRequest({ issuer: server.issuer, registration_endpoint: server.registrationEndpoint }, {
        client_name: name, redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
        token_endpoint_auth_method: method, application_type: 'web', ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      }, this.#options(server.registrationEndpoint));
      return registeredClient(await oauth.processDynamicClientRegistrationResponse(response), method);
    });
  }

  override async generateKey(): Promise<{ secret: string; jwk: string }> {
    const { publicKey, privateKey } = await oauth.generateKeyPair('ES256', { extractable: true });
    const secret = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey)).toString('base64url');
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
    return { secret, jwk: JSON.stringify({ kty, crv, x, y, alg: 'ES256', use: 'sig' }) };
  }

  override async authorizationUrl(settings: OAuthSettings, { redirectUri, state, codeVerifier, nonce, scopes }: AuthorizationAttempt): Promise<string> {
    const url = new URL(settings.authorizationEndpoint!);
    const parameters = {
      response_type: 'code', client_id: settings.clientId, redirect_uri: redirectUri, state, code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier), code_challenge_method: 'S256',
      ...(scopes.length === 0 ? {} : { scope: scopes.join(settings.scopeSeparator === 'comma' ? ',' : ' ') }),
      ...(speaksOpenId(settings, scopes) ? { nonce } : {}),
      ...(settings.resource === undefined ? {} : { resource: settings.resource }),
    };
    for (const [name, value] of [...settings.authorizeParameters.map((extra) => [extra.name, extra.value] as const), ...Object.entries(parameters)]) url.searchParams.set(name, value);
    return url.href;
  }

  override redeem(client: ServiceClient, answer: string, { redirectUri, state, codeVerifier, nonce, scopes }: AuthorizationAttempt): Promise<ServiceTokens> {
    return this.#asked(async () => {
      const { server, self } = this.#parties(client);
      const parameters = new URLSearchParams(answer);
      // Without a known issuer there is nothing to hold it against; the redirect URI of its own tells this service from others.
      if (client.oauth.issuer === undefined) parameters.delete('iss');
      const checked = oauth.validateAuthResponse(server, self, parameters, state);
      const response = await oauth.authorizationCodeGrantRequest(server, self, await clientAuthentication(client), checked, redirectUri, codeVerifier, this.#tokenOptions(client));
      const isOpenId = speaksOpenId(client.oauth, scopes);
      return tokens(await oauth.processAuthorizationCodeResponse(server, self, await this.#plain(response, isOpenId), isOpenId ? { expectedNonce: nonce, requireIdToken: true } : {}));
    });
  }

  override refresh(client: ServiceClient, refreshToken: string): Promise<ServiceTokens> {
    return this.#asked(async () => {
      const { server, self } = this.#parties(client);
      const response = await oauth.refreshTokenGrantRequest(server, self, await clientAuthentication(client), refreshToken, this.#tokenOptions(client));
      return tokens(await oauth.processRefreshTokenResponse(server, self, await this.#plain(response, false)));
    });
  }

  override clientCredentials(client: ServiceClient, scopes: readonly string[]): Promise<ServiceTokens> {
    return this.#asked(async () => {
      const { server, self } = this.#parties(client);
      const parameters = { ...(scopes.length === 0 ? {} : { scope: scopes.join(client.oauth.scopeSeparator === 'comma' ? ',' : ' ') }), ...(client.oauth.resource === undefined ? {} : { resource: client.oauth.resource }) };
      const response = await oauth.clientCredentialsGrantRequest(server, self, await clientAuthentication(client), parameters, this.#options(client.oauth.tokenEndpoint));
      return tokens(await oauth.processClientCredentialsResponse(server, self, response));
    });
  }

  override revoke(client: ServiceClient, token: string, hint: 'access_token' | 'refresh_token'): Promise<void> {
    return this.#asked(async () => {
      const { server, self } = this.#parties(client);
      if (server.revocation_endpoint === undefined) throw new DownstreamRefused('not_offered', true, 'The service has no revocation endpoint.');
      const response = await oauth.revocationRequest(server, self, await clientAuthentication(client), token, { additionalParameters: { token_type_hint: hint }, ...this.#options(server.revocation_endpoint) });
      await oauth.processRevocationResponse(response);
    });
  }

  #parties({ oauth: settings }: ServiceClient) {
    const server: oauth.AuthorizationServer = {
      // A server whose issuer is not known is called by its token endpoint; nothing is compared with that.
      issuer: settings.issuer ?? settings.tokenEndpoint, token_endpoint: settings.tokenEndpoint, authorization_response_iss_parameter_supported: settings.answersWithIssuer,
      ...(settings.revocationEndpoint === undefined ? {} : { revocation_endpoint: settings.revocationEndpoint }),
    };
    return { server, self: { client_id: settings.clientId } satisfies oauth.Client };
  }

  #options(url: string) {
    // The guard decides where plain http may go; the library would refuse it in development too.
    return { [oauth.allowInsecureRequests]: new URL(url).protocol === 'http:', [oauth.customFetch]: this.#fetch };
  }

  /** RFC 8707: a token is asked for this service by its name, at every step. */
  #tokenOptions({ oauth: { tokenEndpoint, resource } }: ServiceClient) {
    return { ...this.#options(tokenEndpoint), ...(resource === undefined ? {} : { additionalParameters: { resource } }) };
  }

  /** An ID token that was not asked for, or whose issuer is not known, is nothing that anybody here relies on. */
  async #plain(response: Response, wantsIdToken: boolean): Promise<Response> {
    if (wantsIdToken || !response.ok) return response;
    const { id_token: _, ...rest } = (await response.clone().json().catch(() => ({}))) as Record<string, unknown>;
    return new Response(JSON.stringify(rest), { status: response.status, headers: response.headers });
  }

  async #asked<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw asRefused(error);
    }
  }
}

const speaksOpenId = ({ issuer }: OAuthSettings, scopes: readonly string[]): boolean => issuer !== undefined && scopes.includes('openid');

const tokens = ({ access_token, token_type, refresh_token, expires_in, scope }: Answer): ServiceTokens => {
  // Of another type it would need more than being sent, and sending it would show it to the wrong ones.
  if (token_type !== 'bearer') throw new DownstreamRefused('token_type', true, 'The service gave a token that is no bearer token.');
  return { accessToken: access_token, refreshToken: refresh_token, expiresIn: expires_in, scopes: scope === undefined || scope === '' ? undefined : scope.split(' ') };
};

const asRefused = (error: unknown): DownstreamRefused => {
  if (error instanceof DownstreamRefused) return error;
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError) {
    const reason = WORD.test(error.error) ? error.error : 'error';
    return new DownstreamRefused(reason, FINAL.includes(reason), `The service said ${reason}.`);
  }
  if (error instanceof oauth.OperationProcessingError) return new DownstreamRefused('answer_invalid', true, 'The answer of the service does not belong to what was asked, or is not valid.');
  return new DownstreamRefused('answer_invalid', false, 'The service gave an answer that could not be read.');
};
