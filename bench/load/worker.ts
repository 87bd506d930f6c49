import { createHash } from 'node:crypto';
import { CALLBACK, type Caller, EXCHANGE, RESOURCE, type ServerReady } from '../servers/server-ready.js';
import type { HttpAnswer, HttpConnection } from './http-connection.js';

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

/** What servers acknowledged, by the type of event that has to stand in the ledger for it. */
export type Acknowledged = Record<'TokenIssued' | 'CodeIssued' | 'CodeRedeemed' | 'RefreshRotated' | 'TokenRevoked', number>;
export const nothingAcknowledged = (): Acknowledged => ({ TokenIssued: 0, CodeIssued: 0, CodeRedeemed: 0, RefreshRotated: 0, TokenRevoked: 0 });

/** One for all: it is made once, so that the generator's hashing is not what is measured. */
const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const SCOPE = RESOURCE.scopes.join(' ');

/** One connection that speaks for one client and one person. Every answer is checked; an unexpected one throws. */
export class Worker {
  readonly caller: Caller;
  /** The last access token, for checks that would be too slow for all. */
  lastToken = '';

  constructor(private readonly http: HttpConnection, private readonly server: ServerReady, n: number, private readonly seen: Acknowledged) {
    this.caller = server.callers[n % server.callers.length]!;
  }

  /** RFC 6749 section 4.4. */
  async clientToken({ resource = RESOURCE.uri, by = this.caller }: { resource?: string; by?: Caller } = {}): Promise<string> {
    const { access } = await this.tokens({ grant_type: 'client_credentials', resource, scope: SCOPE }, by);
    return access;
  }

  /** Of the kind that can be looked up and revoked. */
  lookUpToken(): Promise<string> {
    return this.clientToken({ resource: this.server.lookUp.resource });
  }

  /** The browser's part of the code flow: a person with a session, who has agreed before. */
  async code(): Promise<string> {
    const query = new URLSearchParams({
      response_type: 'code', client_id: this.caller.clientId, redirect_uri: CALLBACK, scope: SCOPE, resource: RESOURCE.uri, state: 's',
      code_challenge: CHALLENGE, code_challenge_method: 'S256',
    });
    const answer = await this.http.send(this.request('GET', `${this.server.paths.authorize}?${query.toString()}`, { Cookie: this.caller.cookie }));
    const [, code] = /\r\nlocation: *https:\/\/app\.bench\.example\/callback\?(?:[^\r]*&)?code=([^&\r]+)/i.exec(answer.head) ?? [];
    if (code === undefined) throw unexpected(answer);
    this.seen.CodeIssued += 1;
    return decodeURIComponent(code);
  }

  async redeem(code: string): Promise<Tokens> {
    const tokens = await this.tokens({ grant_type: 'authorization_code', code, code_verifier: VERIFIER, redirect_uri: CALLBACK, resource: RESOURCE.uri });
    this.seen.CodeRedeemed += 1;
    return tokens;
  }

  /** Gives the successor. */
  async refresh(refreshToken: string): Promise<Tokens> {
    const tokens = await this.tokens({ grant_type: 'refresh_token', refresh_token: refreshToken });
    if (tokens.refresh === refreshToken) throw new Error('the refresh token was not rotated');
    this.seen.RefreshRotated += 1;
    return tokens;
  }

  /** An own token for one with fewer scopes (RFC 8693). */
  async exchange(subject: string): Promise<string> {
    const { access } = await this.tokens({
      grant_type: EXCHANGE, subject_token: subject, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', resource: RESOURCE.uri, scope: RESOURCE.scopes[0],
    });
    return access;
  }

  get exchanges(): boolean {
    return this.server.exchanges ?? false;
  }

  /** Gives whether the token counts. */
  async introspect(token: string): Promise<boolean> {
    const answer = await this.post(this.server.paths.introspect, { token }, this.server.lookUp.authorization);
    if (answer.status !== 200) throw unexpected(answer);
    return (JSON.parse(answer.body) as { active: boolean }).active;
  }

  /** In the name of the client that the token was issued to. */
  async revoke(token: string, { caller }: Worker): Promise<void> {
    const answer = await this.post(this.server.paths.revoke, { token }, caller.authorization);
    if (answer.status !== 200) throw unexpected(answer);
    this.seen.TokenRevoked += 1;
  }

  async keys(): Promise<void> {
    const answer = await this.http.send(this.request('GET', this.server.paths.jwks, {}));
    if (answer.status !== 200 || !answer.body.startsWith('{"keys":[{')) throw unexpected(answer);
  }

  close(): void {
    this.http.close();
  }

  private async tokens(parameters: Readonly<Record<string, string>>, by = this.caller): Promise<Tokens> {
    const answer = await this.post(this.server.paths.token, parameters, by.authorization);
    if (answer.status !== 200) throw unexpected(answer);
    const { access_token: access, refresh_token: refresh = '' } = JSON.parse(answer.body) as { access_token?: string; refresh_token?: string };
    if (access === undefined) throw unexpected(answer);
    this.seen.TokenIssued += 1;
    this.lastToken = access;
    return { access, refresh };
  }

  private post(path: string, parameters: Readonly<Record<string, string>>, authorization = this.caller.authorization): Promise<HttpAnswer> {
    return this.http.send(this.request('POST', path, { Authorization: authorization }, new URLSearchParams(parameters).toString()));
  }

  private request(method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): string {
    const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const form = body === undefined ? '' : `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n`;
    return `${method} ${path} HTTP/1.1\r\nHost: localhost:${this.server.port}\r\n${own}${form}Connection: keep-alive\r\n\r\n${body ?? ''}`;
  }
}

const unexpected = ({ status, head, body }: HttpAnswer): Error => new Error(`status ${status}: ${(body === '' ? head : body).slice(0, 400)}`);
