import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWTPayload, createRemoteJWKSet, jwtVerify } from 'jose';

/** What a handler gets: the checked claims, and the token itself for whoever may exchange it. */
export interface Call {
  readonly claims: JWTPayload;
  readonly token: string;
}
export interface ApiServer {
  readonly url: string;
  close(): Promise<void>;
}
export interface ApiOptions {
  readonly issuer: string;
  /** The canonical URI of this API: the audience that its tokens must have. */
  readonly resource: string;
  readonly scope: string;
  answer(call: Call): Promise<object> | object;
}

const bearer = ({ headers }: IncomingMessage): string | undefined => /^Bearer ([\w.-]+)$/i.exec(headers.authorization ?? '')?.[1];

/**
 * Pattern 1, passthrough: an API takes the access token that it was sent and answers for it alone. It checks signature,
 * issuer, audience, type and scope (RFC 9068 section 4), which is all that a resource server needs of the hub.
 */
export const startApiServer = async ({ issuer, resource, scope, answer }: ApiOptions): Promise<ApiServer> => {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const refusal = async (token: string): Promise<{ status: number; error: string } | JWTPayload> => {
    try {
      const { payload } = await jwtVerify(token, keys, { issuer, audience: resource, typ: 'at+jwt', algorithms: ['ES256'] });
      return String(payload['scope']).split(' ').includes(scope) ? payload : { status: 403, error: 'insufficient_scope' };
    } catch {
      return { status: 401, error: 'invalid_token' };
    }
  };
  const server: Server = createServer((request, response) => {
    const send = (status: number, body: object): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const serve = async (): Promise<void> => {
      const token = bearer(request);
      const checked = token === undefined ? { status: 401, error: 'invalid_token' } : await refusal(token);
      if ('error' in checked) send(checked['status'] as number, { error: checked['error'] });
      else send(200, await answer({ claims: checked as JWTPayload, token: token! }));
    };
    serve().catch(() => send(502, { error: 'upstream' }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    }),
  };
};
