import type { Credentials } from './on-behalf-of.js';

/** Nobody has connected the service, or let this agent use it: send the person to `url`, and ask again when they are back. */
export class ConnectFirst extends Error {
  override readonly name = 'ConnectFirst';
  constructor(readonly url: string) {
    super(`the person has to open ${url}`);
  }
}
export interface Borrowed {
  readonly token: string;
  readonly scope: string;
  /** Seconds; undefined when the service's tokens have no end. Ask again then: the hub refreshes what it holds. */
  readonly expiresIn: number | undefined;
}

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * Pattern 3, brokering: a server gives the token that it received and gets the person's own token of a service that is
 * neither its own nor the hub's. It keeps nothing: no client secret of the service, no refresh token.
 */
export const borrow = async ({ issuer, clientId, clientSecret }: Credentials, received: string, connection: string, scope?: string): Promise<Borrowed> => {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST', headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: GRANT_TYPE, subject_token: received, subject_token_type: ACCESS_TOKEN, requested_token_type: `urn:mandate:connection:${connection}`, ...(scope === undefined ? {} : { scope }),
    }),
  });
  const body = (await response.json()) as { access_token?: string; scope?: string; expires_in?: number; error?: string; error_description?: string; connect_url?: string };
  if (body.connect_url !== undefined) throw new ConnectFirst(body.connect_url);
  if (body.access_token === undefined) throw new Error(`the credential was refused: ${body.error} (${body.error_description})`);
  return { token: body.access_token, scope: body.scope ?? '', expiresIn: body.expires_in };
};

/**
 * The same without ever holding the credential: the hub makes the call. `token` is the agent's own for the hub's door,
 * `<issuer>/connections`; `url` is where the service has what is wanted.
 */
export const callThroughHub = async ({ issuer }: Pick<Credentials, 'issuer'>, token: string, connection: string, url: string, init: RequestInit = {}): Promise<Response> => {
  const { host, pathname, search } = new URL(url);
  const response = await fetch(`${issuer}/connections/${connection}/forward/${host}${pathname}${search}`, {
    ...init, redirect: 'manual', headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
  });
  if (response.status !== 403) return response;
  const problem = (await response.clone().json().catch(() => ({}))) as { connect_url?: string };
  if (problem.connect_url !== undefined) throw new ConnectFirst(problem.connect_url);
  return response;
};
