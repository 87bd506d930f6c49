import type { RawAnswer } from '../support/raw-http.js';

/** Thrown when an answer is none that Mandate's documentation knows. */
export class UndocumentedAnswer extends Error {
  override readonly name = 'UndocumentedAnswer';
}

const headerOf = (head: string, name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1];
const isJson = (body: string): boolean => {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
};

const problemOf = ({ status, head, body }: RawAnswer, redirects: readonly string[]): string | undefined => {
  const type = headerOf(head, 'content-type') ?? '';
  if (status === 0) return body === '' && head === '' ? undefined : 'no status line';
  // Of others: a store that is away, and a provider that is set and can't be reached.
  if (status === 502) return isJson(body) && (JSON.parse(body) as Record<string, unknown>)['code'] === 'idp.unreachable' ? undefined : 'failed';
  if (status >= 500) return status === 503 && headerOf(head, 'retry-after') !== undefined ? undefined : 'failed';
  if (/^x-powered-by:|^server:/im.test(head)) return 'tells what it is made of';
  if (status >= 300 && status < 400) {
    const location = headerOf(head, 'location') ?? '';
    return redirects.some((known) => location.startsWith(known)) ? undefined : `sends the browser to ${location}`;
  }
  if (type.startsWith('text/html')) return /^content-security-policy: default-src 'none'/im.test(head) && /^x-frame-options: DENY/im.test(head) ? undefined : 'a page without its headers';
  if (type === 'application/x-ndjson') return undefined;
  if (status < 300) return body === '' || isJson(body) || type.startsWith('text/') ? undefined : 'an answer that is no JSON';
  // Node answers these two before anybody sees the request.
  if (body === '' || headerOf(head, 'content-type') === undefined) return [400, 417].includes(status) ? undefined : 'an error without words';
  if (!isJson(body)) return 'an error that is no JSON';
  const told = JSON.parse(body) as Record<string, unknown>;
  if (/(FST_|ERR_|HPE_|node_modules|\bat [\w.]+ \(|SELECT |received undefined|\[object Object\])/.test(body)) return 'tells of the inside';
  if (type.startsWith('application/problem+json')) return typeof told['code'] === 'string' && typeof told['detail'] === 'string' && told['status'] === status ? undefined : 'a problem without its members';
  return typeof told['error'] === 'string' && typeof told['error_description'] === 'string' ? undefined : 'an error without its members';
};

/** Throws unless the answer is a documented one and nothing that objects inherit has changed. */
export const judge = (answer: RawAnswer, redirects: readonly string[]): void => {
  const problem = problemOf(answer, redirects);
  if (problem !== undefined) throw new UndocumentedAnswer(`${problem}: ${answer.status} ${answer.head}\n\n${answer.body.slice(0, 500)}`);
  if (Object.keys(Object.prototype).length > 0 || 'polluted' in {}) throw new UndocumentedAnswer('Object.prototype has changed');
};
