import { ChangeAgent } from '../../src/commands/agents/change-agent.js';
import { grantIdOf } from '../../src/commands/derived-ids.js';
import { NarrowGrant } from '../../src/commands/grants/narrow-grant.js';
import { RevokeGrant } from '../../src/commands/grants/revoke-grant.js';
import { InspectToken } from '../../src/commands/tokens/inspect-token.js';
import { Crypto } from '../../src/domain/ports/crypto.js';
import type { Browser } from '../support/browser.js';
import { authorizeUrl, pkce, signIn } from '../support/code-flow.js';
import { PUBLIC_CLIENT, type TestHub } from '../support/hub.js';

export interface HeldFamily {
  readonly code: string;
  readonly verifier: string;
  /** By generation. */
  readonly refreshTokens: string[];
}
export interface Place {
  readonly hub: TestHub;
  readonly resourceId: string;
  readonly userId: string;
  readonly browser: Browser;
}
export const placeOn = async (hub: TestHub): Promise<Place> => ({ hub, resourceId: await hub.resource(), userId: await hub.user(), browser: hub.browser() });
interface TokenAnswer {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** The hub as clients see it, over HTTP, with two clients that nobody else uses. */
export class OAuthWorld {
  readonly families: HeldFamily[] = [];
  readonly tokens: string[] = [];

  private constructor(private readonly place: Place, readonly clients: readonly string[]) {}

  static async on(place: Place): Promise<OAuthWorld> {
    const agents = await Promise.all(['First', 'Second'].map((name) => place.hub.agent(PUBLIC_CLIENT, name)));
    return new OAuthWorld(place, agents.map(({ clientId }) => clientId));
  }

  advance(seconds: number): void {
    this.place.hub.inside.clock.advance(seconds);
  }

  /** The person signs in where that is asked, and agrees to what is asked. */
  async authorize(client: number, scopes: readonly string[]): Promise<boolean> {
    const { browser } = this.place;
    const { verifier, challenge } = pkce();
    let page = await browser.open(authorizeUrl(this.clients[client]!, challenge, { scope: scopes.join(' ') }));
    if (page.html.includes('name="password"')) page = await signIn(browser, page);
    if (page.html.includes('name="decision"')) page = await browser.submit(page, '/consent', { decision: 'allow', scope: scopes });
    const answer = new URL(page.location!).searchParams;
    const code = answer.get('code');
    if (code === null) return answer.get('error') !== 'access_denied';
    this.families.push({ code, verifier, refreshTokens: [] });
    return true;
  }

  async redeem({ code, verifier }: HeldFamily, client: number, wrong: 'verifier' | 'redirect' | undefined): Promise<TokenAnswer | undefined> {
    return this.ask({
      grant_type: 'authorization_code', client_id: this.clients[client]!, code, code_verifier: wrong === 'verifier' ? pkce().verifier : verifier,
      redirect_uri: wrong === 'redirect' ? 'https://app.example/elsewhere' : PUBLIC_CLIENT.redirectUris[0]!,
    });
  }

  refresh(refreshToken: string, client: number, scopes: readonly string[]): Promise<TokenAnswer | undefined> {
    return this.ask({ grant_type: 'refresh_token', client_id: this.clients[client]!, refresh_token: refreshToken, scope: scopes.join(' ') });
  }

  async revoke(token: string, client: number): Promise<boolean> {
    return (await this.place.hub.post('/revoke', { token, client_id: this.clients[client]! })).status === 200;
  }

  async change(client: number, change: 'suspend' | 'resume' | 'revoke' | readonly string[]): Promise<void> {
    const { hub } = this.place;
    const agentId = this.clients[client]!;
    if (change === 'suspend') await hub.do(new ChangeAgent(agentId, { type: 'SuspendAgent', reason: 'model' }, hub.context));
    else if (change === 'resume') await hub.do(new ChangeAgent(agentId, { type: 'ResumeAgent' }, hub.context));
    else if (change === 'revoke') await hub.do(new RevokeGrant(this.grantId(agentId), 'model', undefined, hub.context));
    else await hub.do(new NarrowGrant(this.grantId(agentId), change as readonly string[], hub.context));
  }

  /** What introspection says, without the way there; none when the token is not active. */
  async scopesOf(token: string): Promise<readonly string[]> {
    const { hub } = this.place;
    const claims = await hub.inside.app.get(InspectToken, { strict: false }).active(hub.context.tenant, hub.issuer, token);
    return claims?.scope.split(' ') ?? [];
  }

  private async ask(fields: Record<string, string>): Promise<TokenAnswer | undefined> {
    const { status, body } = await this.place.hub.post('/token', fields);
    if (status !== 200 && status !== 400) throw new Error(`the token endpoint answered ${status}: ${JSON.stringify(body)}`);
    return status === 200 ? { accessToken: body['access_token'] as string, refreshToken: body['refresh_token'] as string } : undefined;
  }

  private grantId(agentId: string): string {
    const { hub, userId, resourceId } = this.place;
    return grantIdOf(hub.inside.app.get(Crypto, { strict: false }), hub.context.tenant, agentId, { kind: 'user', id: userId }, resourceId);
  }
}
