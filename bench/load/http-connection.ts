import { type Socket, connect } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Where an answer's bytes end; undefined while some are missing. */
const lengthOf = (text: string): { head: number; total: number } | undefined => {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head)) ?? [];
  if (length === undefined) throw new Error('an answer without content-length can\'t be measured here');
  return { head: head + 4, total: head + 4 + Number(length) };
};

/**
 * One kept-alive HTTP/1.1 connection, one request at a time. It does less than any HTTP client, so that on a machine
 * with two processors the generator is never what is being measured.
 */
export class HttpConnection {
  private received = '';
  private waiting: { resolve(answer: HttpAnswer): void; reject(error: Error): void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: Buffer | string) => this.take(String(chunk)));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  static open(port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(new HttpConnection(socket)));
      socket.once('error', reject);
    });
  }

  send(request: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: string): void {
    this.received += chunk;
    try {
      const length = lengthOf(this.received);
      if (!length || this.received.length < length.total) return;
      const answer = {
        status: Number(this.received.slice(9, 12)), head: this.received.slice(0, length.head), body: this.received.slice(length.head, length.total),
      };
      this.received = this.received.slice(length.total);
      const { waiting } = this;
      this.waiting = undefined;
      waiting?.resolve(answer);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}
