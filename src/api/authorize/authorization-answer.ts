import type { FastifyReply } from 'fastify';
import type { TenantContext } from '../http/tenancy.js';

/**
 * Sends the browser to the client with `iss` (RFC 9207), on success and on error alike. 303, so that a form's body is
 * never sent on (RFC 9700 section 4.12).
 */
export const answerClient = (
  reply: FastifyReply,
  { issuer }: TenantContext,
  { redirectUri, state }: { readonly redirectUri: string; readonly state: string | undefined },
  parameters: Readonly<Record<string, string>>,
): void => {
  const query = new URLSearchParams({ ...parameters, ...(state === undefined ? {} : { state }), iss: issuer });
  const location = `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query.toString()}`;
  void reply.code(303).headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).send();
};
