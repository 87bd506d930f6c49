import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import type { Browser } from '../support/browser.js';
import { authorizeUrl, obtainCode, pkce, redeem, signIn } from '../support/code-flow.js';
import { ANA, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub } from '../support/hub.js';
import type { Longest } from './longest.js';
import { EVERY_SCOPE, agentToken, letAgentsIn } from '../api/admin/admin-rig.js';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A hub with everybody in it whose requests are bent, and what they hold at this moment. */
export class FuzzedHub {
  longest: Longest | undefined;
  private family: { code: string; verifier: string; accessToken: string; refreshToken: string } | undefined;
  private count = 0;

  private constructor(
    readonly hub: TestHub,
    readonly clientId: string,
    readonly service: { readonly clientId: string; readonly clientSecret: string },
    private readonly keyed: { readonly clientId: string; readonly key: KeyObject },
    readonly browser: Browser,
    readonly ids: Readonly<Record<string, string>>,
  ) {}

  static async of(hub: TestHub): Promise<FuzzedHub> {
    const resourceId = await hub.resource();
    const userId = await hub.user();
    const { clientId } = await hub.agent(PUBLIC_CLIENT, 'Bent');
    const service = await hub.service(resourceId, ['notes:read']);
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwks = JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] });
    const { agentId } = await hub.agent({ ...SERVICE_CLIENT, tokenEndpointAuthMethod: 'private_key_jwt', jwks }, 'Keyed');
    await hub.do(new GiveGrant({ agentId, principal: { kind: 'agent', id: agentId }, resourceId, scopes: ['notes:read'] }, hub.context));
    await letAgentsIn(hub);
    const { browser } = await obtainCode(hub, clientId);
    // Not the one whose requests are bent: a history is read whole, and so costs in proportion to what the agent did.
    const { agentId: quiet } = await hub.agent(PUBLIC_CLIENT, 'Quiet');
    return new FuzzedHub(hub, clientId, service, { clientId: agentId, key: privateKey }, browser, { agent_id: quiet, user_id: userId, resource_id: resourceId, grant_id: service.grantId, version: '1' });
  }

  /** Codes and tokens that hold; new ones when `renew` was called since. */
  async tokens(): Promise<{ code: string; verifier: string; accessToken: string; refreshToken: string }> {
    if (!this.family) {
      const obtained = await obtainCode(this.hub, this.clientId, { browser: this.browser });
      const { body } = await redeem(this.hub, this.clientId, obtained);
      const { code, verifier } = await obtainCode(this.hub, this.clientId, { browser: this.browser });
      this.family = { code, verifier, accessToken: body['access_token'] as string, refreshToken: body['refresh_token'] as string };
    }
    return this.family;
  }

  /** After a request that may have spent or ended what it brought. */
  renew(): void {
    this.family = undefined;
  }

  async adminToken(): Promise<string> {
    return (await agentToken(this.hub, { scopes: EVERY_SCOPE })).token;
  }

  /** A client assertion that is signed well, whatever is in it: what comes after the signature is looked at too. */
  assertion(bend: (part: 'header' | 'claims', json: string) => string): string {
    const now = this.hub.inside.clock.seconds();
    const { clientId, key } = this.keyed;
    const claims = JSON.stringify({ iss: clientId, sub: clientId, aud: this.hub.issuer, iat: now, exp: now + 60, jti: `j${(this.count += 1)}` });
    const input = [bend('header', JSON.stringify({ alg: 'ES256' })), bend('claims', claims)].map((text) => Buffer.from(text).toString('base64url')).join('.');
    return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  get keyedClientId(): string {
    return this.keyed.clientId;
  }

  /** The hidden fields of a page's form, as this browser got them. */
  async formOf(url: string, action: string, browser = this.browser): Promise<readonly (readonly [string, string])[]> {
    const { html } = await browser.open(url);
    const form = (html.match(/<form[\s\S]*?<\/form>/g) ?? []).find((text) => text.includes(`action="${action}"`)) ?? '';
    return [...form.matchAll(/<input[^>]* name="([^"]*)"[^>]*value="([^"]*)"/g)].map(([, name, value]) => [name!, value!.replaceAll('&amp;', '&')] as const);
  }

  authorizeQuery(clientId = this.clientId): readonly (readonly [string, string])[] {
    return [...new URL(authorizeUrl(clientId, pkce().challenge, { scope: 'notes:read', nonce: 'n', max_age: '3600' }), this.hub.issuer).searchParams];
  }

  cookies(): readonly (readonly [string, string])[] {
    const pairs = ['session', 'browser'].map((name) => `mandate_${name}_default=${this.browser.cookie(`mandate_${name}_default`) ?? ''}`);
    return [['Cookie', pairs.join('; ')]];
  }

  async signInAgain(): Promise<void> {
    const page = await this.browser.open('/sign-in');
    await signIn(this.browser, page, ANA);
  }

  unsignedJwt(): string {
    return `${part({ alg: 'none' })}.${part({ sub: this.clientId })}.`;
  }
}
