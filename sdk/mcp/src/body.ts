import { TooLong, boundedText } from './bounded-text.js';
import { Refusal } from './refusal.js';

const unreadable = (cause?: unknown): Refusal => new Refusal({ status: 400, reason: 'body.unreadable', description: 'The request body is not valid JSON.', cause });

/** The JSON in a text; undefined for an empty one. What can't be understood can't be judged, so it goes no further. */
export const parseBody = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw unreadable(cause);
  }
};

/** Reads and parses a body, up to a limit. */
export const readJson = async (body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<unknown> => {
  const text = await boundedText(body, maxBytes).catch((cause: unknown) => {
    if (cause instanceof TooLong) throw new Refusal({ status: 413, reason: 'body.too_large', description: `The request body is longer than ${maxBytes} bytes.`, cause });
    throw unreadable(cause);
  });
  return parseBody(text);
};
