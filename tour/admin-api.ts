import type { OperatorCredentials } from '../src/platform/operator-credentials.js';

/** The administrator's side, over the public API with a token of the hub's own. */
export class AdminApi {
  /** Where the last change stands in the ledger; a list that is to show it names it as `if-ledger-at-least`. */
  position: string | undefined;

  private constructor(private readonly issuer: string, readonly token: string) {}

  static async signIn({ issuer, clientId, clientSecret }: OperatorCredentials): Promise<AdminApi> {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', resource: `${issuer}/api` }),
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`the operator got no token (${response.status})`);
    return new AdminApi(issuer, token);
  }

  async call<T = Record<string, unknown>>(method: 'GET' | 'POST', path: string, body?: object, headers: Record<string, string> = {}): Promise<T> {
    const response = await this.patiently(() => fetch(`${this.issuer}/api/${path}`, {
      method, headers: { authorization: `Bearer ${this.token}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }));
    if (!response.ok) throw new Error(`${method} /api/${path}: ${response.status} ${await response.text()}`);
    this.position = response.headers.get('ledger-position') ?? this.position;
    const text = await response.text();
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  /** A hub that has just started builds its read models; until they are there it says when to come again (RFC 9110 section 10.2.3). */
  private async patiently(send: () => Promise<Response>): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await send();
      const after = Number(response.headers.get('retry-after'));
      if (response.status !== 503 || !(after > 0) || attempt === 30) return response;
      await new Promise((again) => setTimeout(again, after * 1000));
    }
  }
}
