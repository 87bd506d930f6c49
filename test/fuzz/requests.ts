import fc from 'fast-check';
import { type Edit, edit, edited } from './edits.js';

type Pairs = readonly (readonly [name: string, value: string])[];

/** A request as a client means it. Of `form` and `json` it has one or none. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query?: Pairs;
  readonly headers?: Pairs;
  readonly form?: Pairs;
  readonly json?: unknown;
}

/** One change to a request, before or after it becomes text. */
export type Change =
  | { readonly kind: 'value'; readonly of: 'query' | 'form' | 'headers'; readonly at: number; readonly edit: Edit }
  | { readonly kind: 'name'; readonly of: 'query' | 'form' | 'headers'; readonly at: number; readonly edit: Edit }
  | { readonly kind: 'drop' | 'twice' | 'swap'; readonly of: 'query' | 'form' | 'headers'; readonly at: number }
  | { readonly kind: 'add'; readonly of: 'query' | 'form' | 'headers'; readonly name: string; readonly edit: Edit }
  | { readonly kind: 'path' | 'body' | 'type' | 'method'; readonly edit: Edit };

const of = fc.constantFrom('query' as const, 'form' as const, 'headers' as const);
const at = fc.nat(50);
const NAMES = [
  'client_id', 'redirect_uri', 'scope', 'state', 'resource', 'code', 'refresh_token', 'client_secret', 'client_assertion', 'request', 'request_uri', 'prompt', 'max_age', 'nonce', 'response_mode',
  'cursor', 'limit', 'q', 'asOf', 'after', 'owner', 'tenant', '__proto__', 'constructor', 'authorization', 'host', 'cookie', 'content-type', 'x-forwarded-for', 'last-event-id', 'if-ledger-at-least', 'accept', 'origin', 'expect', 'transfer-encoding',
];
export const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('value' as const), of, at, edit }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('name' as const), of, at, edit }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('drop' as const, 'twice' as const, 'swap' as const), of, at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add' as const), of, name: fc.constantFrom(...NAMES), edit }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('body' as const), edit }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('path' as const, 'type' as const, 'method' as const), edit }) },
);
/** Mostly one or two at once: more, and nothing gets past the first check. */
export const changes = fc.oneof({ weight: 4, arbitrary: fc.array(change, { minLength: 1, maxLength: 2 }) }, { weight: 1, arbitrary: fc.array(change, { maxLength: 8 }) });

const encoded = (pairs: Pairs): string => pairs.map(([name, value]) => `${percent(name)}=${percent(value)}`).join('&');
// Text that is no Unicode is sent all the same, as bytes that are no UTF-8.
const percent = (value: string): string => Array.from(value, (c) => (/[\w.~-]/.test(c) ? c : /\p{Cs}/u.test(c) ? '%ED%A0%80' : encodeURIComponent(c))).join('');

const changedPairs = (pairs: Pairs, one: Change): Pairs => {
  if (one.kind === 'add') return [...pairs, [one.name, edited('x', one.edit)]];
  if (pairs.length === 0 || !('at' in one)) return pairs;
  const n = one.at % pairs.length;
  const [name, value] = pairs[n]!;
  const put = (...instead: Pairs): Pairs => [...pairs.slice(0, n), ...instead, ...pairs.slice(n + 1)];
  switch (one.kind) {
    case 'value':
      return put([name, edited(value, one.edit)]);
    case 'name':
      return put([edited(name, one.edit), value]);
    case 'drop':
      return put();
    case 'twice':
      return put([name, value], [name, value]);
    case 'swap':
      return put([name, pairs[(n + 1) % pairs.length]![1]]);
  }
};

/** The bytes that go over the wire: a well-formed request line and length, whatever was done to the rest. */
export const bytesOf = (request: Request, host: string, done: readonly Change[]): Buffer => {
  let { method, path, query = [], headers = [], form = [] } = request;
  let contentType = request.form ? 'application/x-www-form-urlencoded' : 'application/json';
  for (const one of done) {
    if ('of' in one) {
      if (one.of === 'query') query = changedPairs(query, one);
      else if (one.of === 'form') form = changedPairs(form, one);
      else headers = changedPairs(headers, one);
    } else if (one.kind === 'path') path = edited(path, one.edit);
    else if (one.kind === 'type') contentType = edited(contentType, one.edit);
    else if (one.kind === 'method') method = edited(method, one.edit);
  }
  let body = request.form ? encoded(form) : request.json === undefined ? undefined : typeof request.json === 'string' ? request.json : JSON.stringify(request.json);
  for (const one of done) if (one.kind === 'body' && body !== undefined) body = edited(body, one.edit);
  const target = `${path}${query.length > 0 ? `?${encoded(query)}` : ''}`;
  const payload = body === undefined ? undefined : Buffer.from(body);
  const lines = [
    `${oneLine(method).replaceAll(' ', '')} ${oneLine(target).replaceAll(' ', '%20')} HTTP/1.1`, `Host: ${host}`, 'Connection: close',
    ...headers.map(([name, value]) => `${oneLine(name)}: ${oneLine(value)}`),
    ...(payload ? [`Content-Type: ${oneLine(contentType)}`, `Content-Length: ${payload.length}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8'), payload ?? Buffer.alloc(0)]);
};
const oneLine = (value: string): string => value.replaceAll(/[\r\n]/g, '');
