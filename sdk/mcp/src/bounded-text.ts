/** The text was longer than its reader accepts. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
}

/**
 * Reads a stream as UTF-8 up to a limit: rejects with `TooLong` past it, and with a TypeError when the bytes are no UTF-8.
 * Past the limit the rest stays unread and uncancelled: cancelling the body of a Node request would cut the connection
 * before the answer could say why.
 */
export const boundedText = async (body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> => {
  if (!body) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = body.getReader();
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > maxBytes) {
      reader.releaseLock();
      throw new TooLong(`More than ${maxBytes} bytes.`);
    }
    text += decoder.decode(value, { stream: true });
  }
};
