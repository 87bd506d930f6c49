import { Browser } from './browser.js';

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A hub as its clients know it: an address. */
export class HubOverHttp {
  constructor(readonly issuer: string) {}

  browser(): Browser {
    return new Browser(this.issuer);
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(new URL(path, this.issuer), { redirect: 'manual', ...init });
  }

  post(path: string, fields: Readonly<Record<string, string>> | URLSearchParams, headers: Record<string, string> = {}): Promise<JsonAnswer> {
    return this.json(path, { method: 'POST', body: new URLSearchParams(fields as Record<string, string>), headers });
  }

  async json(path: string, init: RequestInit): Promise<JsonAnswer> {
    const response = await this.fetch(path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  }

  clientCredentials({ clientId, clientSecret }: { clientId: string; clientSecret: string }, fields: Record<string, string> = {}): Promise<JsonAnswer> {
    return this.post('/token', { grant_type: 'client_credentials', ...fields }, basic(clientId, clientSecret));
  }
}

export const basic = (id: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
