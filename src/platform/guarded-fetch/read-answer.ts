import { FetchRefused, type FetchedDocument } from '../../domain/ports/guarded-fetch.js';

export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Takes an answer apart, trusting nothing of it: 200 only, the type that was asked for, plain bytes, and not too many. */
export const readAnswer = async ({ statusCode, headers, body }: Answer, accept: string, maxBytes: number): Promise<FetchedDocument> => {
  // Never followed: the next address would not be the one that the client_id names (CIMD draft-02 section 6).
  if (statusCode >= 300 && statusCode < 400) throw new FetchRefused('redirect', `the answer was a redirect (${statusCode})`);
  if (statusCode !== 200) throw new FetchRefused('status', `the answer had status ${statusCode}`);
  const contentType = one(headers['content-type']);
  if (!isAccepted(contentType, accept)) throw new FetchRefused('content_type', `the answer is ${contentType || 'of no type'}, not ${accept}`);
  // We asked for none. What is not unpacked can't be a bomb.
  if (!/^(identity)?$/i.test(one(headers['content-encoding']))) throw new FetchRefused('content_type', 'the answer is compressed');
  return { body: await readText(body, maxBytes), contentType, ...freshness(headers) };
};

const one = (header: string | string[] | undefined): string => (typeof header === 'string' ? header.trim() : (header?.join(',') ?? ''));

/** `application/json` also accepts every `application/…+json` (RFC 6839). */
const isAccepted = (contentType: string, accept: string): boolean => {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  return accept.split(',').map((item) => item.split(';', 1)[0]!.trim().toLowerCase())
    .some((wanted) => wanted === type || (wanted === 'application/json' && /^application\/[\w.-]+\+json$/.test(type)));
};

const readText = async (body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new FetchRefused('too_large', `the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new FetchRefused('content_type', 'the answer is not UTF-8');
  }
};

/** RFC 9111 section 5.2.2, as far as a private cache needs it: what must not be kept is fresh for zero seconds. */
const freshness = (headers: Answer['headers']): { maxAge?: number } => {
  const directives = one(headers['cache-control']).toLowerCase().split(',').map((part) => part.trim());
  if (directives.some((directive) => /^no-(store|cache)/.test(directive))) return { maxAge: 0 };
  const seconds = directives.map((directive) => /^max-age="?(\d{1,10})"?$/.exec(directive)?.[1]).find((found) => found !== undefined);
  if (seconds === undefined) return {};
  const age = /^\d{1,10}$/.exec(one(headers['age']))?.[0] ?? '0';
  return { maxAge: Math.max(0, Number(seconds) - Number(age)) };
};
