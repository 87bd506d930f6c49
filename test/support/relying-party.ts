import * as oauth from 'oauth4webapi';
import { REDIRECT, obtainCode } from './code-flow.js';
import type { Browser } from './browser.js';
import type { TestHub } from './hub.js';

const INSECURE = { [oauth.allowInsecureRequests]: true } as const;

/** An application that signs people in, made of a library that forgives nothing. It keeps the hub's time. */
export class RelyingParty {
  private constructor(private readonly hub: TestHub, readonly server: oauth.AuthorizationServer, private readonly clientId: string) {}

  static async of(hub: TestHub, clientId: string): Promise<RelyingParty> {
    const issuer = new URL(hub.issuer);
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, INSECURE));
    return new RelyingParty(hub, server, clientId);
  }

  /** From the link to the tokens, the ID token checked: signature, issuer, audience, times, nonce. */
  async signIn(ask: Readonly<Record<string, string | undefined>>, { browser = this.hub.browser(), expectedNonce = ask['nonce'] ?? oauth.expectNoNonce }: { browser?: Browser; expectedNonce?: string | typeof oauth.expectNoNonce } = {}) {
    const { answer, verifier } = await obtainCode(this.hub, this.clientId, { browser, change: ask });
    const parameters = oauth.validateAuthResponse(this.server, this.client, answer, 'st-1');
    const response = await oauth.authorizationCodeGrantRequest(this.server, this.client, oauth.None(), parameters, REDIRECT, verifier, INSECURE);
    const tokens = await oauth.processAuthorizationCodeResponse(this.server, this.client, response, { expectedNonce });
    if (tokens.id_token !== undefined) await oauth.validateApplicationLevelSignature(this.server, response, INSECURE);
    return { tokens, identity: oauth.getValidatedIdTokenClaims(tokens), browser };
  }

  /** The answer of a token endpoint, checked as `signIn` does. */
  accept(response: Response): Promise<oauth.TokenEndpointResponse> {
    return oauth.processAuthorizationCodeResponse(this.server, this.client, response, { requireIdToken: true });
  }

  async refresh(refreshToken: string, scope?: string) {
    const more = scope === undefined ? {} : { additionalParameters: { scope } };
    const response = await oauth.refreshTokenGrantRequest(this.server, this.client, oauth.None(), refreshToken, { ...INSECURE, ...more });
    const tokens = await oauth.processRefreshTokenResponse(this.server, this.client, response);
    if (tokens.id_token !== undefined) await oauth.validateApplicationLevelSignature(this.server, response, INSECURE);
    return { tokens, identity: oauth.getValidatedIdTokenClaims(tokens) };
  }

  async userinfo(accessToken: string, sub: string): Promise<oauth.UserInfoResponse> {
    return oauth.processUserInfoResponse(this.server, this.client, sub, await oauth.userInfoRequest(this.server, this.client, accessToken, INSECURE));
  }

  private get client(): oauth.Client {
    return { client_id: this.clientId, [oauth.clockSkew]: Math.round((this.hub.inside.clock.now() - Date.now()) / 1000) };
  }
}
