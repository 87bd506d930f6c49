import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** All that came, what stands behind the first answer too. */
  readonly text: string;
}

/**
 * Sends these very bytes and reads until the other side closes, or begins a stream; clients made by others would tidy them
 * up. `andHangUp`: nothing more will come, so nobody waits for the rest of a body; an answer that takes its time is lost.
 */
export const sendRaw = (origin: string, bytes: string | Buffer, { andHangUp = false } = {}): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname);
    const parts: Buffer[] = [];
    socket.on('data', (part) => {
      parts.push(part);
      // It never ends by itself.
      if (parts.length === 1 && /^content-type: text\/event-stream/im.test(part.toString('latin1'))) socket.destroy();
    });
    // A peer that has read enough hangs up on the rest; what it said until then counts.
    socket.on('error', (error: NodeJS.ErrnoException) => (parts.length > 0 || error.code === 'ECONNRESET' || error.code === 'EPIPE' ? undefined : reject(error)));
    socket.on('close', () => {
      const text = Buffer.concat(parts).toString('latin1');
      const [head = '', ...rest] = text.split('\r\n\r\n');
      // What stands behind the first answer answers what stood behind the first request.
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? Number.MAX_SAFE_INTEGER);
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: rest.join('\r\n\r\n').slice(0, length), text });
    });
    if (andHangUp) socket.end(bytes);
    else socket.write(bytes);
  });

/** A request of HTTP/1.1 as bytes; give header lines as they should stand there. */
export const rawRequest = (line: string, headers: readonly string[], body = ''): string =>
  `${line} HTTP/1.1\r\n${['Connection: close', ...headers].join('\r\n')}\r\n\r\n${body}`;
