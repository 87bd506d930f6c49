import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends these very bytes and reads until the other side closes; clients made by others would tidy them up. */
export const sendRaw = (origin: string, bytes: string | Buffer): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname);
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    // A peer that has read enough hangs up on the rest; what it said until then counts.
    socket.on('error', (error: NodeJS.ErrnoException) => (parts.length > 0 || error.code === 'ECONNRESET' || error.code === 'EPIPE' ? undefined : reject(error)));
    socket.on('close', () => {
      const [head = '', ...rest] = Buffer.concat(parts).toString('latin1').split('\r\n\r\n');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: rest.join('\r\n\r\n') });
    });
    socket.write(bytes);
  });

/** A request of HTTP/1.1 as bytes; give header lines as they should stand there. */
export const rawRequest = (line: string, headers: readonly string[], body = ''): string =>
  `${line} HTTP/1.1\r\n${['Connection: close', ...headers].join('\r\n')}\r\n\r\n${body}`;
