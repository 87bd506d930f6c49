import { DownstreamRefused } from '../../domain/ports/downstream-oauth.js';
import { FetchRefused } from '../../domain/ports/guarded-fetch.js';
import type { OutboundHttp } from '../../domain/ports/outbound-http.js';

const MOST_BYTES = 262_144;
/** Milliseconds. A claim on a refresh outlives a call by far (commands/credentials/refresh-credential.ts). */
const DEADLINE = 10_000;

export interface PlainRequest {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
}

/** `fetch` for an OAuth library, through the guard: small answers, whole or not at all. */
export const fetchThrough = (http: OutboundHttp) => async (url: string, { method = 'GET', headers = {}, body }: PlainRequest): Promise<Response> => {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const text = body === undefined || body === null ? undefined : String(body);
  try {
    const answer = await http.request({
      method, url, body: text, patience: DEADLINE, deadline: DEADLINE,
      headers: { ...lower, ...(body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' } : {}), 'accept-encoding': 'identity', 'user-agent': 'Mandate' },
    });
    if (answer.status >= 500 || answer.status === 429) {
      answer.discard();
      throw new DownstreamRefused('unavailable', false, `The service answered with status ${answer.status}.`);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body) {
      size += chunk.length;
      if (size > MOST_BYTES) throw new DownstreamRefused('too_large', false, 'The service answered with more than could be an answer.');
      chunks.push(chunk);
    }
    const given = new Headers();
    // What is wrong stands in the body too; a challenge beside it would hide that from the library.
    const { 'www-authenticate': _, ...rest } = answer.headers;
    for (const [name, value] of Object.entries(rest)) for (const one of [value].flat()) given.append(name, one as string);
    const isBodiless = answer.status === 204 || answer.status === 304;
    return normalized(new Response(isBodiless ? null : Buffer.concat(chunks), { status: answer.status, headers: given }));
  } catch (error) {
    if (error instanceof FetchRefused) throw new DownstreamRefused(error.reason, false, `The service could not be reached: ${error.message}.`);
    throw error;
  }
};

/**
 * Token answers as RFC 6749 has them. Services differ in small ways: an error with status 200 (GitHub, Slack), scopes
 * separated by commas or given as a list, a token type of their own for what is used as a bearer token, no type at all.
 */
const normalized = async (response: Response): Promise<Response> => {
  if (!/json/i.test(response.headers.get('content-type') ?? '')) return response;
  const text = await response.text();
  const again = (body: string, status = response.status): Response => new Response(body, { status, headers: response.headers });
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return again(text);
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return again(text);
  const members = answer as Record<string, unknown>;
  const failed = typeof members['error'] === 'string' || members['ok'] === false;
  if (response.ok && failed && !('access_token' in members)) return again(JSON.stringify({ error: 'server_error', ...members }), 400);
  if (typeof members['access_token'] !== 'string') return again(text);
  const { token_type: type, scope, expires_in: lifetime } = members;
  return again(JSON.stringify({
    ...members,
    token_type: type === undefined || /^(bearer|user|bot)$/i.test(String(type)) ? 'bearer' : type,
    ...(scope === undefined || scope === null ? {} : { scope: [scope].flat().join(' ').replace(/[\s,]+/g, ' ').trim() }),
    ...(typeof lifetime === 'string' && /^\d+$/.test(lifetime) ? { expires_in: Number(lifetime) } : {}),
  }));
};
