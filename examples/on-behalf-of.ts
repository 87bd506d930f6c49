/** How the server behind a resource is known to the hub: an agent with the token exchange grant, named the resource's operator. */
export interface Credentials {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}
export interface Target {
  readonly resource: string;
  readonly scope: string;
}

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * Pattern 2, exchange for a resource: a server gives the token that it received and gets one for another API, in the same
 * person's name and with itself as the acting party (RFC 8693). Never pass the received token on: it is not for that API.
 */
export const exchange = async ({ issuer, clientId, clientSecret }: Credentials, received: string, { resource, scope }: Target): Promise<string> => {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST', headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: GRANT_TYPE, subject_token: received, subject_token_type: ACCESS_TOKEN, resource, scope }),
  });
  const body = (await response.json()) as { access_token?: string; error?: string; error_description?: string };
  if (body.access_token === undefined) throw new Error(`the exchange was refused: ${body.error} (${body.error_description})`);
  return body.access_token;
};
