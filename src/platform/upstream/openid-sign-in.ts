import type * as openid from 'openid-client';
import type { IdentityProvider } from '../../domain/idp/idp.decider.js';
import { DIRECTORY_TEMPLATE, isShared } from '../../domain/idp/issuers.js';
import type { Clock } from '../../domain/ports/clock.js';
import type { OutboundHttp } from '../../domain/ports/outbound-http.js';
import { type DiscoveredProvider, type SignInTrip, type UpstreamIdentity, UpstreamRefused, UpstreamSignIn } from '../../domain/ports/upstream-sign-in.js';
import { clientAuthentication } from '../downstream/client-authentication.js';
import { fetchThrough } from '../downstream/fetch-through.js';
import { discoveredProvider, metadataOf } from './provider-metadata.js';
import { asRefused } from './upstream-problems.js';

/** At first use: a hub whose people have local accounts never loads it. */
const library = (): Promise<typeof openid> => import('openid-client');

type Fetch = ReturnType<typeof fetchThrough>;
type Setup = { readonly clientId: string; readonly authentication?: openid.ClientAuth; readonly fetch: Fetch };

/** Entra ID serves the metadata of many directories under this name; the library knows it by its host. */
const askedUrl = (issuer: string): URL => new URL(issuer.replace(DIRECTORY_TEMPLATE, 'organizations'));

/** openid-client as the relying party. Nothing is remembered between sign-ins: keys are read anew each time, so a rotation is never missed. */
export class OpenIdSignIn extends UpstreamSignIn {
  readonly #fetch: Fetch;

  constructor(http: OutboundHttp, private readonly clock: Clock) {
    super();
    this.#fetch = fetchThrough(http);
  }

  override discover(issuer: string): Promise<DiscoveredProvider> {
    return asked(async () => {
      const found = (await this.#configured(issuer, { clientId: 'discovery', fetch: this.#fetch })).serverMetadata();
      // The library lets Microsoft's host name any issuer; here it is the one that was asked for, or the template of several.
      if (found.issuer !== issuer && !isShared(found.issuer)) throw new UpstreamRefused('invalid', 'issuer', `The metadata there is of another issuer: ${found.issuer.slice(0, 200)}. An issuer is compared byte for byte.`);
      return discoveredProvider(found);
    });
  }

  override authorizationUrl(provider: IdentityProvider, { redirectUri, state, codeVerifier, nonce, fresh }: SignInTrip): Promise<string> {
    return asked(async () => {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await library();
      return buildAuthorizationUrl(await this.#pinned(provider), {
        redirect_uri: redirectUri, scope: provider.scopes.join(' '), state, nonce, code_challenge: await calculatePKCECodeChallenge(codeVerifier), code_challenge_method: 'S256',
        ...(fresh ? { prompt: 'login' } : {}),
      }).href;
    });
  }

  override redeem(provider: IdentityProvider, secret: string, answer: string, { redirectUri, state, codeVerifier, nonce }: SignInTrip): Promise<UpstreamIdentity> {
    return asked(async () => {
      const config = await this.#pinned(provider, await clientAuthentication({ oauth: provider, secret }));
      const { authorizationCodeGrant } = await library();
      const tokens = await authorizationCodeGrant(config, new URL(`${redirectUri}?${answer}`), { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: codeVerifier, idTokenExpected: true });
      const claims = tokens.claims()!;
      return { issuer: claims.iss, subject: claims.sub, claims, idToken: tokens.id_token! };
    });
  }

  override keys({ endpoints }: IdentityProvider): Promise<string> {
    return asked(async () => {
      const answer = await this.#fetch(endpoints.jwks, { headers: { accept: 'application/json' } });
      if (answer.status !== 200) throw new UpstreamRefused('away', 'jwks', 'The provider\'s keys can\'t be read.');
      return answer.text();
    });
  }

  override endSessionUrl({ clientId, endpoints: { endSession } }: IdentityProvider, { idToken, redirectUri }: Parameters<UpstreamSignIn['endSessionUrl']>[1]): string | undefined {
    if (endSession === undefined) return undefined;
    const url = new URL(endSession);
    for (const [name, value] of Object.entries({ client_id: clientId, id_token_hint: idToken, post_logout_redirect_uri: redirectUri })) url.searchParams.set(name, value);
    return url.href;
  }

  /** With what was pinned when the provider was set: it is asked for nothing but tokens and keys. */
  #pinned(provider: IdentityProvider, authentication?: openid.ClientAuth): Promise<openid.Configuration> {
    const discovery = askedUrl(provider.issuer);
    const fetch: Fetch = async (url, request) =>
      (url.startsWith(`${discovery.href.replace(/\/$/, '')}/.well-known/`) ? Response.json(metadataOf(provider)) : this.#fetch(url, request));
    return this.#configured(discovery.href, { clientId: provider.clientId, fetch, ...(authentication ? { authentication } : {}) });
  }

  async #configured(issuer: string, { clientId, authentication, fetch }: Setup): Promise<openid.Configuration> {
    const { None, allowInsecureRequests, clockSkew, customFetch, discovery, enableNonRepudiationChecks } = await library();
    const skew = this.clock.seconds() - Math.floor(Date.now() / 1000);
    // The guard decides where plain http may go; the library would refuse it in development too.
    const execute = [enableNonRepudiationChecks, ...(issuer.startsWith('http:') ? [allowInsecureRequests] : [])];
    return discovery(new URL(issuer), clientId, { [clockSkew]: skew }, authentication ?? None(), { execute, [customFetch]: fetch as openid.CustomFetch });
  }
}

const asked = async <T>(question: () => Promise<T>): Promise<T> => {
  try {
    return await question();
  } catch (error) {
    throw asRefused(error);
  }
};
