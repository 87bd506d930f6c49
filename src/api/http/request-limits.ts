import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Characters. Node bounds the request line and the headers together, at 16 KiB: more is 431 before anybody sees it. */
const MOST_URL = 8_192;
/** Of two of these Node keeps the first and a proxy may have looked at the second (RFC 9112 section 3.2, TE-02, MT-03). */
const SINGLE: readonly string[] = ['host', 'authorization', 'content-type'];
const LENGTHS: readonly number[] = SINGLE.map(({ length }) => length);

/** A request that no router and no parser is asked about. */
class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  constructor(readonly statusCode: number, message: string) {
    super(message);
  }
}

/** Undefined where there is nothing against a request so far. */
export const problemOf = ({ url = '', rawHeaders }: IncomingMessage): RequestRefused | undefined => {
  if (url.length > MOST_URL) return new RequestRefused(414, 'the URL is too long');
  // The form that proxies are sent: it brings a second host, which nothing here looks at.
  if (/^https?:/i.test(url)) return new RequestRefused(400, 'the request names a whole URL');
  return namedTwice(rawHeaders) ? new RequestRefused(400, 'a header is given twice') : undefined;
};

const namedTwice = (rawHeaders: readonly string[]): boolean => {
  let seen = 0;
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n]!;
    const which = LENGTHS.includes(name.length) ? SINGLE.indexOf(name.toLowerCase()) : -1;
    if (which < 0) continue;
    if (seen & (1 << which)) return true;
    seen |= 1 << which;
  }
  return false;
};

/** What no honest client sends is turned away first (RX-01). */
export const limitRequests = (server: FastifyInstance): void => {
  server.addHook('onRequest', (request, _reply, done) => {
    done(problemOf(request.raw));
  });
};
