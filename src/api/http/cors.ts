import type { FastifyInstance } from 'fastify';

/** Public, cookie-less endpoints: any origin may call them, since nothing there acts on a browser's session. */
const OPEN = /^\/(\.well-known\/|jwks$|token$|register$|revoke$|userinfo$)/;
const OPEN_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce',
};
const PREFLIGHT = {
  ...OPEN_HEADERS,
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, mcp-protocol-version, dpop',
  'access-control-max-age': '86400',
};

/** What every answer at an open path says to scripts of other origins; undefined where it says nothing. */
export const originHeaders = (path: string): Readonly<Record<string, string>> | undefined => (OPEN.test(path) ? OPEN_HEADERS : undefined);

/** Never on /authorize or pages: a code must not be readable by a script (RFC 9700 section 2.1). */
export const allowOrigins = (server: FastifyInstance): void => {
  server.addHook('onRequest', (request, reply, done) => {
    const headers = originHeaders(request.url.split('?')[0] ?? '');
    if (!headers) return done();
    if (request.method === 'OPTIONS') return void reply.code(204).headers(PREFLIGHT).send();
    reply.headers(headers);
    done();
  });
};
