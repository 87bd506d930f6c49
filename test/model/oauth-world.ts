import { ChangeAgent } from '../../src/commands/agents/change-agent.js';
import { DenyApproval } from '../../src/commands/approvals/answer-approval.js';
import { ApprovalHandles } from '../../src/commands/approvals/approval-handles.js';
import { WithdrawApproval } from '../../src/commands/approvals/withdraw-approval.js';
import { grantIdOf } from '../../src/commands/derived-ids.js';
import { NarrowGrant } from '../../src/commands/grants/narrow-grant.js';
import { RevokeGrant } from '../../src/commands/grants/revoke-grant.js';
import { InspectToken } from '../../src/commands/tokens/inspect-token.js';
import type { Principal } from '../../src/domain/grant/principal.js';
import { Refusal } from '../../src/domain/kernel/refusal.js';
import { Crypto } from '../../src/domain/ports/crypto.js';
import { CIBA, sayYes } from '../api/approvals/approvals-rig.js';
import type { Browser } from '../support/browser.js';
import { authorizeUrl, pkce, signIn } from '../support/code-flow.js';
import { ACCESS_TOKEN, EXCHANGE, allow, operate } from '../support/exchange.js';
import { NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, basic } from '../support/hub.js';
import { APPS, SCOPES, SERVER, SERVICE, type Subject } from './oauth-model.js';

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
interface Client {
  readonly agentId: string;
  readonly clientId: string;
  readonly clientSecret?: string;
}

const DOORS = { ...SERVICE_CLIENT, grantTypes: ['client_credentials', EXCHANGE, CIBA] };

/** The hub as clients see it, over HTTP, with agents that nobody else uses. */
export class OAuthWorld {
  readonly families: HeldFamily[] = [];
  readonly tokens: string[] = [];
  /** What the service polls with. */
  readonly asked: string[] = [];

  private constructor(private readonly place: Place, private readonly clients: readonly Client[]) {}

  static async on(place: Place): Promise<OAuthWorld> {
    const { hub } = place;
    const [first, second, service, server] = await Promise.all([...APPS.map((n) => hub.agent(PUBLIC_CLIENT, `App ${n}`)), hub.agent(DOORS, 'Service'), hub.agent(DOORS, 'Server')]);
    return new OAuthWorld(place, [first!, second!, service!, server!]);
  }

  /** The server answers for the resource, and both it and the service may do there what the person and the service may. */
  async settle(): Promise<void> {
    const { hub, resourceId } = this.place;
    await operate(hub, resourceId, this.clients[SERVER]!.agentId);
    for (const agent of [SERVICE, SERVER]) for (const subject of ['person', SERVICE] as const) await this.give(agent, subject, SCOPES);
  }

  advance(seconds: number): void {
    this.place.hub.inside.clock.advance(seconds);
  }

  /** The person signs in where that is asked, and agrees to what is asked. */
  async authorize(client: number, scopes: readonly string[]): Promise<boolean> {
    const { browser } = this.place;
    const { verifier, challenge } = pkce();
    let page = await browser.open(authorizeUrl(this.clients[client]!.clientId, challenge, { scope: scopes.join(' ') }));
    if (page.html.includes('name="password"')) page = await signIn(browser, page);
    if (page.html.includes('name="decision"')) page = await browser.submit(page, '/consent', { decision: 'allow', scope: scopes });
    const answer = new URL(page.location!).searchParams;
    const code = answer.get('code');
    if (code === null) return answer.get('error') !== 'access_denied';
    this.families.push({ code, verifier, refreshTokens: [] });
    return true;
  }

  async redeem({ code, verifier }: HeldFamily, client: number, wrong: 'verifier' | 'redirect' | undefined): Promise<TokenAnswer | undefined> {
    return this.ask(client, {
      grant_type: 'authorization_code', code, code_verifier: wrong === 'verifier' ? pkce().verifier : verifier,
      redirect_uri: wrong === 'redirect' ? 'https://app.example/elsewhere' : PUBLIC_CLIENT.redirectUris[0]!,
    });
  }

  refresh(refreshToken: string, client: number, scopes: readonly string[]): Promise<TokenAnswer | undefined> {
    return this.ask(client, { grant_type: 'refresh_token', refresh_token: refreshToken, scope: scopes.join(' ') });
  }

  clientToken(client: number, scopes: readonly string[]): Promise<TokenAnswer | undefined> {
    return this.ask(client, { grant_type: 'client_credentials', resource: NOTES.uri, scope: scopes.join(' ') });
  }

  exchange(subjectToken: string, client: number, scopes: readonly string[]): Promise<TokenAnswer | undefined> {
    return this.ask(client, { grant_type: EXCHANGE, subject_token: subjectToken, subject_token_type: ACCESS_TOKEN, scope: scopes.join(' ') });
  }

  /** What to poll with. */
  async askPerson(scopes: readonly string[]): Promise<string | undefined> {
    return (await this.send(SERVICE, '/bc-authorize', { login_hint: this.place.userId, resource: NOTES.uri, scope: scopes.join(' ') }))?.['auth_req_id'] as string | undefined;
  }

  collect(authReqId: string, client: number): Promise<TokenAnswer | undefined> {
    return this.ask(client, { grant_type: CIBA, auth_req_id: authReqId });
  }

  /** By the person; false when it is over, or was answered otherwise. */
  async answer(authReqId: string, answer: 'yes' | 'no' | 'withdraw'): Promise<boolean> {
    const { hub, userId } = this.place;
    const { approvalId } = hub.inside.app.get(ApprovalHandles, { strict: false }).read(hub.context.tenant, authReqId)!;
    const by = { userId, by: 'person' } as const;
    try {
      if (answer === 'yes') await sayYes(hub, approvalId, userId);
      else await hub.do(new (answer === 'no' ? DenyApproval : WithdrawApproval)(approvalId, by, hub.context));
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  async revoke(token: string, client: number): Promise<boolean> {
    const { fields, headers } = this.as(client, { token });
    return (await this.place.hub.post('/revoke', fields, headers)).status === 200;
  }

  async suspend(client: number): Promise<void> {
    const { hub } = this.place;
    await hub.do(new ChangeAgent(this.clients[client]!.agentId, { type: 'SuspendAgent', reason: 'model' }, hub.context));
  }

  async resume(client: number): Promise<void> {
    const { hub } = this.place;
    await hub.do(new ChangeAgent(this.clients[client]!.agentId, { type: 'ResumeAgent' }, hub.context));
  }

  async give(client: number, subject: Subject, scopes: readonly string[]): Promise<void> {
    const { hub, resourceId } = this.place;
    await allow(hub, this.clients[client]!.agentId, this.principal(subject), resourceId, scopes);
  }

  async revokeGrant(client: number, subject: Subject): Promise<void> {
    const { hub } = this.place;
    await hub.do(new RevokeGrant(this.grantId(client, subject), 'model', undefined, hub.context));
  }

  async narrow(client: number, subject: Subject, scopes: readonly string[]): Promise<void> {
    const { hub } = this.place;
    await hub.do(new NarrowGrant(this.grantId(client, subject), scopes, hub.context));
  }

  /** What introspection says, without the way there; none when the token is not active. */
  async scopesOf(token: string): Promise<readonly string[]> {
    const { hub } = this.place;
    const claims = await hub.inside.app.get(InspectToken, { strict: false }).active(hub.context.tenant, hub.issuer, token);
    return claims?.scope.split(' ') ?? [];
  }

  private async ask(client: number, asked: Record<string, string>): Promise<TokenAnswer | undefined> {
    const body = await this.send(client, '/token', asked);
    return body && { accessToken: body['access_token'] as string, refreshToken: body['refresh_token'] as string };
  }

  /** Undefined when it is refused. */
  private async send(client: number, path: string, asked: Record<string, string>): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { fields, headers } = this.as(client, asked);
    const { status, body } = await this.place.hub.post(path, fields, headers);
    if (![200, 400, 403].includes(status)) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
    return status === 200 ? body : undefined;
  }

  private as(client: number, fields: Record<string, string>) {
    const { clientId, clientSecret } = this.clients[client]!;
    return clientSecret === undefined ? { fields: { ...fields, client_id: clientId } } : { fields, headers: basic(clientId, clientSecret) };
  }

  private principal(subject: Subject): Principal {
    return subject === 'person' ? { kind: 'user', id: this.place.userId } : { kind: 'agent', id: this.clients[subject]!.agentId };
  }

  private grantId(client: number, subject: Subject): string {
    const { hub, resourceId } = this.place;
    return grantIdOf(hub.inside.app.get(Crypto, { strict: false }), hub.context.tenant, this.clients[client]!.agentId, this.principal(subject), resourceId);
  }
}
