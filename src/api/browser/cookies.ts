import { parse, serialize } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TenantContext } from '../http/tenancy.js';

/** Who is signed in; which browser it is; and that somebody has signed in with it before. */
type CookieName = 'session' | 'browser' | 'device';

/**
 * Cookies of one tenant. On https the name has the `__Host-` prefix: bound to this host, this path, TLS only (RFC 6265bis
 * section 4.1.3.2). Lax, so that a client may send the browser to /authorize with the session it has.
 */
const cookieName = ({ issuer, tenant }: TenantContext, name: CookieName): string =>
  `${issuer.startsWith('https:') ? '__Host-' : ''}mandate_${name}_${tenant.slug}`;

export const readCookie = (request: FastifyRequest, tenant: TenantContext, name: CookieName): string | undefined =>
  parse(request.headers.cookie ?? '')[cookieName(tenant, name)];

export const setCookie = (reply: FastifyReply, tenant: TenantContext, name: CookieName, value: string, maxAge: number): void => {
  const secure = tenant.issuer.startsWith('https:');
  void reply.header('set-cookie', serialize(cookieName(tenant, name), value, { httpOnly: true, sameSite: 'lax', path: '/', secure, maxAge }));
};
