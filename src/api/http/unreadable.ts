import { type IncomingMessage, STATUS_CODES } from 'node:http';

const ANSWERS: Readonly<Record<string, readonly [status: number, what: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large.'],
};
const MALFORMED = [400, 'The request is malformed.'] as const;

/** What is no HTTP request has no path, so no form to answer in: it gets the one that most callers can read. */
export const answerUnreadable = ({ code = '' }: NodeJS.ErrnoException, socket: IncomingMessage['socket']): void => {
  if (code === 'ECONNRESET' || socket.destroyed) return;
  const [status, what] = ANSWERS[code] ?? MALFORMED;
  const body = JSON.stringify({ error: 'invalid_request', error_description: what });
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nConnection: close`;
  // The socket is not to be trusted with another request: where this one ends is not known.
  if (socket.writable) socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  socket.destroy();
};
