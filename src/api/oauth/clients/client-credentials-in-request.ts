import type { Form } from '../../http/form.js';
import { OAuthError, invalidClient } from '../oauth-error.js';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** How a client presented itself. */
export interface PresentedClient {
  readonly clientId: string;
  readonly method: 'none' | 'secret' | 'assertion';
  readonly secret?: string;
  readonly assertion?: string;
  readonly triedBasic: boolean;
}

const decoded = (text: string): string => {
  // Ids and secrets of our own making need no decoding, and nearly all are.
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidClient('The Authorization header is malformed.', true);
  }
};

const BASIC = 'Basic ';

const readBasic = (header: string): { id: string; secret: string } => {
  const isWhole = /^Basic [A-Za-z0-9+/]+={0,2}$/i.test(header);
  const text = isWhole ? Buffer.from(header.slice(BASIC.length), 'base64').toString('utf8') : '';
  const colon = text.indexOf(':');
  if (colon < 1) throw invalidClient('The Authorization header is malformed. Use Basic with client_id and client_secret.', true);
  return { id: decoded(text.slice(0, colon)), secret: decoded(text.slice(colon + 1)) };
};

/** Not a verified client: only what the request says (RFC 6749 section 2.3, RFC 7523 section 2.2). More than one way is refused. */
export const presentedClient = (authorization: string | undefined, form: Form): PresentedClient => {
  const basic = authorization !== undefined && /^basic\b/i.test(authorization) ? readBasic(authorization) : undefined;
  const assertion = form.get('client_assertion');
  const posted = form.get('client_secret');
  const ways = Number(basic !== undefined) + Number(assertion !== undefined) + Number(posted !== undefined);
  if (ways > 1) throw new OAuthError('invalid_request', 'Authenticate the client in one way only.');
  const triedBasic = basic !== undefined;
  if (assertion !== undefined) {
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) throw invalidClient(`client_assertion_type must be ${ASSERTION_TYPE}.`, false);
    return { clientId: form.get('client_id') ?? subjectOf(assertion), method: 'assertion', assertion, triedBasic };
  }
  const clientId = basic?.id ?? form.get('client_id');
  if (clientId === undefined) throw invalidClient('The request names no client.', triedBasic);
  if (basic && form.get('client_id') !== undefined && form.get('client_id') !== basic.id)
    throw new OAuthError('invalid_request', 'client_id differs from the client in the Authorization header.');
  const secret = basic?.secret === '' ? undefined : (basic?.secret ?? posted);
  return secret === undefined ? { clientId, method: 'none', triedBasic } : { clientId, method: 'secret', secret, triedBasic };
};

/** The claimed subject of an assertion, only to find the keys it must verify with. */
const subjectOf = (assertion: string): string => {
  try {
    const { sub } = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8')) as { sub?: unknown };
    if (typeof sub === 'string' && sub !== '') return sub;
  } catch {
    // Falls through to the same answer.
  }
  throw invalidClient('The client assertion can\'t be read.', false);
};
