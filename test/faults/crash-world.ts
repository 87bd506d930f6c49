import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Acknowledged } from '../../src/domain/audit/acknowledgements.js';
import type { Position } from '../../src/domain/kernel/event.js';
import type { Browser } from '../support/browser.js';
import { authorizeUrl, pkce, signIn } from '../support/code-flow.js';
import { freePort } from '../support/free-ports.js';
import { ANA } from '../support/hub.js';
import type { JsonAnswer } from '../support/hub-over-http.js';
import { type HubProcess, HubProcesses } from '../support/hub-process/hub-process.js';
import type { Hold } from '../support/hub-process/messages.js';

export const NOW = Date.parse('2026-11-26T12:00:00Z');

/** What the change of an admin call is, when it is acknowledged. */
export interface Change {
  readonly stream: string;
  readonly type: string;
}

type Growing<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : never };

export interface Circumstances {
  /** Milliseconds since 1970 at which the hub's clock stands; left out, it is the machine's. */
  readonly now?: number;
  readonly eventStoreUrl?: string;
  /** The hub's heap. */
  readonly megabytes?: number;
}

/** A hub that dies and comes back on the same stores and the same address, and what its clients were told by then. */
export class CrashWorld {
  readonly directory = mkdtempSync(join(tmpdir(), 'mandate-crash-'));
  readonly told: Growing<Acknowledged> = { tokens: [], codes: [], refreshTokens: [], changes: [] };
  private readonly processes: HubProcesses;
  private port = 0;
  private token = '';
  private counter = 0;
  private running: HubProcess | undefined;
  browser!: Browser;
  resourceId = '';
  /** The issuer of a service that is not ours, where a test has one. */
  downstream = '';
  /** The furthest place of the ledger that anybody was told of. */
  latest: Position = '';

  constructor(private readonly circumstances: Circumstances = { now: NOW }) {
    this.processes = new HubProcesses(circumstances.megabytes);
  }

  get hub(): HubProcess {
    return this.running!;
  }

  /** What the hub's clock shows. */
  get seconds(): number {
    return Math.floor((this.circumstances.now ?? Date.now()) / 1000);
  }

  /** A name that nothing else has. */
  unique(): string {
    this.counter += 1;
    return `n${this.counter}`;
  }

  /** `restoreId`: as what was restored from a backup just now. */
  async start(hold?: Hold, restoreId?: string): Promise<void> {
    this.port ||= await freePort();
    const order = { ...this.circumstances, directory: this.directory, port: this.port, ...(hold ? { hold } : {}), ...(restoreId === undefined ? {} : { restoreId }) };
    this.running = await this.processes.start(order);
  }

  /** An administrator's token, and Ana, who is signed in. */
  async settle(): Promise<void> {
    await this.authorize();
    this.resourceId = (await this.admin('GET', '/api/tenant')).body['default_resource_id'] as string;
    await this.admin('POST', '/api/users', ANA);
    this.browser = this.hub.browser();
    await signIn(this.browser, await this.browser.open(authorizeUrl(await this.publicClient(), pkce().challenge)));
  }

  /** A new token for the admin API. */
  async authorize(): Promise<void> {
    const { issuer, ready } = this.hub;
    const answer = await this.hub.clientCredentials(ready!.operator, { resource: `${issuer}/api` });
    this.tell(answer);
    this.token = answer.body['access_token'] as string;
  }

  get asAdmin(): { readonly authorization: string; readonly 'content-type': string } {
    return { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
  }

  async admin(method: string, path: string, body?: unknown, change?: Change): Promise<JsonAnswer> {
    const { authorization } = this.asAdmin;
    const answer = await this.hub.json(path, body === undefined ? { method, headers: { authorization } } : { method, headers: this.asAdmin, body: JSON.stringify(body) });
    const position = answer.headers.get('ledger-position');
    if (position !== null && position > this.latest) this.latest = position;
    if (change && answer.status < 300 && position !== null) this.told.changes.push({ ...change, position });
    return answer;
  }

  async publicClient(): Promise<string> {
    return (await this.agent({ token_endpoint_auth_method: 'none', redirect_uris: ['https://app.example/callback'] }))['client_id'] as string;
  }

  /** An agent with a secret that may use the notes by itself. */
  async service(grantTypes: readonly string[] = []): Promise<{ readonly clientId: string; readonly clientSecret: string; readonly grantId: string }> {
    const { client_id: clientId, client_secret: clientSecret } = (await this.agent({ grant_types: ['client_credentials', ...grantTypes] })) as Record<string, string>;
    const given = { agent_id: clientId, resource_id: this.resourceId, scopes: ['notes:read', 'notes:write'] };
    const { body } = await this.admin('POST', '/api/grants', given);
    return { clientId: clientId!, clientSecret: clientSecret!, grantId: body['grant_id'] as string };
  }

  async person(): Promise<{ readonly userId: string; readonly email: string; readonly password: string }> {
    const { password } = ANA;
    const email = `${this.unique()}@example.com`;
    const { body } = await this.admin('POST', '/api/users', { email, name: 'Somebody', password });
    return { userId: body['user_id'] as string, email, password };
  }

  async restart(): Promise<void> {
    await this.hub.kill();
    await this.start();
  }

  async close(): Promise<void> {
    await this.running?.kill();
    await this.processes.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** What was handed out in an answer of the token endpoint. `after`: what was known when it was asked for. */
  tell({ body }: JsonAnswer, after: Position = ''): void {
    if (typeof body['access_token'] === 'string') this.told.tokens.push({ jti: claimsOf(body['access_token'])['jti'] as string, after });
    const refreshToken = leafOf(body['refresh_token']);
    if (refreshToken) this.told.refreshTokens.push(refreshToken);
  }

  private async agent(wanted: object): Promise<Readonly<Record<string, unknown>>> {
    return (await this.admin('POST', '/api/agents', { name: 'Agent', owner: { kind: 'team', id: 'team_test' }, ...wanted })).body;
  }
}

export const claimsOf = (jwt: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString('utf8')) as Record<string, unknown>;

/** Which leaf of which family a refresh token is; its MAC is the hub's business. */
export const leafOf = (refreshToken: unknown): { authorizationId: string; generation: number } | undefined => {
  const [, authorizationId, generation] = /^mr_(aut_[\w-]+)\.(\d+)\./.exec(typeof refreshToken === 'string' ? refreshToken : '') ?? [];
  return authorizationId === undefined ? undefined : { authorizationId, generation: Number(generation) };
};

export const authorizationOf = (code: string): string => /^mc_(aut_[\w-]+)\./.exec(code)![1]!;

