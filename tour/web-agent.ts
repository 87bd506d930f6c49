import { createHash, randomBytes } from 'node:crypto';
import type { Browser } from '../test/support/browser.js';
import type { AdminApi } from './admin-api.js';

export interface Person {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}
export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const REDIRECT = 'https://agent.tour.example/callback';

/** An agent that runs on a server and has a secret: people agree to it in their browser, and it may exchange what it gets. */
export class WebAgent {
  private constructor(readonly issuer: string, readonly agentId: string, readonly clientId: string, readonly clientSecret: string) {}

  static async register(admin: AdminApi, issuer: string, name: string): Promise<WebAgent> {
    const { agent_id: agentId, client_id: clientId, client_secret: clientSecret } = await admin.call<{ agent_id: string; client_id: string; client_secret: string }>('POST', 'agents', {
      name, owner: { kind: 'team', id: 'team_support' }, redirect_uris: [REDIRECT], grant_types: ['authorization_code', EXCHANGE],
    });
    return new WebAgent(issuer, agentId, clientId, clientSecret);
  }

  /** The token that it has once the person agreed. */
  async tokenOf(browser: Browser, { email, password }: Person, resource: string, scope: string): Promise<string> {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      response_type: 'code', client_id: this.clientId, redirect_uri: REDIRECT, scope, resource, state: 'tour', code_challenge_method: 'S256',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    });
    let page = await browser.open(`/authorize?${query.toString()}`);
    if (page.html.includes('name="password"')) page = await browser.submit(page, '/sign-in', { email, password });
    if (page.location === undefined) page = await browser.submit(page, '/consent', { decision: 'allow' });
    const code = new URL(page.location ?? REDIRECT).searchParams.get('code') ?? '';
    const { body } = await this.ask({ grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: REDIRECT });
    if (typeof body['access_token'] !== 'string') throw new Error(`no token for ${resource}: ${String(body['error'])}`);
    return body['access_token'];
  }

  /** What the token endpoint says to it. */
  async ask(fields: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST', body: new URLSearchParams(fields), headers: { authorization: `Basic ${Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64')}` },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
}
