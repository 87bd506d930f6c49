import { setTimeout as pause } from 'node:timers/promises';
import type { Acknowledged } from '../../src/domain/audit/acknowledgements.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import type { Browser } from '../support/browser.js';
import { REDIRECT, authorizeUrl, obtainCode, pkce, signIn } from '../support/code-flow.js';
import { ANA, NOTES } from '../support/hub.js';
import type { HubOverHttp, JsonAnswer } from '../support/hub-over-http.js';
import { claimsOf } from './crash-world.js';
import type { RaceNodes } from './race-nodes.js';

/** Whoever is told to come again does, when it was told to, ten times at most. */
export const comeAgain = async (request: () => Promise<JsonAnswer>, times = 10): Promise<JsonAnswer> => {
  const answer = await request();
  const seconds = answer.headers.get('retry-after');
  if (answer.status !== 503 || seconds === null || times <= 1) return answer;
  await pause(Number(seconds) * 1_000);
  return comeAgain(request, times - 1);
};

/** Hubs over one ledger and one vault, an administrator, Ana who is signed in, and what was handed out. */
export class RacingHubs {
  readonly told: { tokens: { jti: string }[] } & Acknowledged = { tokens: [], codes: [], refreshTokens: [], changes: [] };
  private count = 0;
  private token = '';
  private resourceId = '';
  /** What tokens are asked for: nothing that a hub before this one has registered in the same ledger. */
  readonly resource = `https://notes-${Date.now().toString(36)}.example/mcp`;

  private constructor(readonly nodes: RaceNodes, readonly browser: Browser, readonly width: number) {}

  static async start(nodes: RaceNodes, width: number): Promise<RacingHubs> {
    const races = new RacingHubs(nodes, nodes.hubs[0]!.browser(), width);
    await races.authorize();
    const { kind, name, scopes, defaultScopes } = NOTES;
    races.resourceId = String((await races.change(races.first, '/api/resources', { kind, name, uri: races.resource, scopes, default_scopes: defaultScopes }))['resource_id']);
    await races.change(races.first, '/api/users', ANA);
    await signIn(races.browser, await races.browser.open(authorizeUrl(await races.publicClient(), pkce().challenge, { resource: races.resource })));
    return races;
  }

  get first(): HubOverHttp {
    return this.nodes.hubs[0]!;
  }

  get last(): HubOverHttp {
    return this.nodes.hubs.at(-1)!;
  }

  unique(): string {
    this.count += 1;
    return `n${this.count}-${Date.now().toString(36)}`;
  }

  /** A new token for the admin API: before each race, so that none runs out in the middle. */
  async authorize(): Promise<void> {
    const { operator } = this.nodes;
    const answer = await comeAgain(() => this.first.clientCredentials(operator, { resource: `${operator.issuer}/api` }));
    if (answer.status !== 200) throw new Error(`The administrator gets no token: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.tell(answer);
    this.token = String(answer.body['access_token']);
  }

  ask(hub: HubOverHttp, path: string, body: object): Promise<JsonAnswer> {
    return hub.json(path, { method: 'POST', headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  /** What has to succeed; whoever is told to come again does. */
  async change(hub: HubOverHttp, path: string, body: object): Promise<JsonAnswer['body']> {
    const answer = await comeAgain(() => this.ask(hub, path, body));
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async publicClient(): Promise<string> {
    const client = { name: 'Test agent', owner: { kind: 'team', id: 'team_test' }, token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT] };
    return String((await this.change(this.first, '/api/agents', client))['client_id']);
  }

  /** An agent with a secret that may read notes for itself. */
  async service(wanted: object = {}): Promise<{ readonly clientId: string; readonly clientSecret: string; readonly grantId: string }> {
    const described = { name: 'Service', owner: { kind: 'team', id: 'team_test' }, grant_types: ['client_credentials'], ...wanted };
    const { client_id: clientId, client_secret: clientSecret } = (await this.change(this.first, '/api/agents', described)) as Record<string, string>;
    const { grant_id } = await this.change(this.first, '/api/grants', { agent_id: clientId, resource_id: this.resourceId, scopes: ['notes:read'] });
    return { clientId: clientId!, clientSecret: clientSecret!, grantId: String(grant_id) };
  }

  /** Ana lets the client act. */
  code(clientId: string): ReturnType<typeof obtainCode> {
    return obtainCode(this.first, clientId, { browser: this.browser, change: { resource: this.resource } });
  }

  async person(): Promise<{ readonly userId: string; readonly email: string; readonly password: string }> {
    const account = { email: `${this.unique()}@example.com`, password: ANA.password };
    return { ...account, userId: String((await this.change(this.first, '/api/users', { ...account, name: ANA.name }))['user_id']) };
  }

  /** On all nodes. */
  async advance(seconds: number): Promise<void> {
    await this.nodes.advance(seconds);
  }

  /** The same from everywhere at once. */
  async all<T>(attempt: (hub: HubOverHttp, n: number) => Promise<T>): Promise<readonly T[]> {
    const { hubs } = this.nodes;
    return Promise.all(Array.from({ length: this.width }, (_, n) => attempt(hubs[n % hubs.length]!, n)));
  }

  async tokens(attempt: (hub: HubOverHttp, n: number) => Promise<JsonAnswer>): Promise<readonly JsonAnswer[]> {
    const answers = await this.all(attempt);
    for (const answer of answers) this.tell(answer);
    return answers;
  }

  tell({ status, body }: JsonAnswer): void {
    if (status === 200) this.told.tokens.push({ jti: claimsOf(String(body['access_token']))['jti'] as string });
  }

  /** Of one thing. */
  eventsOf(stream: string): Promise<readonly RecordedEvent[]> {
    return this.nodes.ledger.readStream(stream);
  }
}
