import type { FastifyReply } from 'fastify';
import type { TenantContext } from '../http/tenancy.js';
import { sendAway } from '../browser/send-page.js';

/** Sends the browser to the client with `iss` (RFC 9207), on success and on error alike. */
export const answerClient = (
  reply: FastifyReply,
  { issuer }: TenantContext,
  { redirectUri, state }: { readonly redirectUri: string; readonly state: string | undefined },
  parameters: Readonly<Record<string, string>>,
): void => {
  const query = new URLSearchParams({ ...parameters, ...(state === undefined ? {} : { state }), iss: issuer });
  sendAway(reply, `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query.toString()}`);
};
