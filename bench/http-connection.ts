import { type Socket, connect } from 'node:net';

/** Where an answer's bytes end; undefined while some are missing. */
const lengthOf = (text: string): { head: number; total: number } | undefined => {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head)) ?? [];
  if (length === undefined) throw new Error('an answer without content-length can\'t be measured here');
  return { head: head + 4, total: head + 4 + Number(length) };
};

/**
 * One kept-alive HTTP/1.1 connection that sends the same request again and again. It does less than any HTTP client, so
 * that on a machine with two processors the generator is never what is being measured.
 */
export class HttpConnection {
  private received = '';
  private waiting: { resolve(answer: { status: number; body: string }): void; reject(error: Error): void } | undefined;

  private constructor(private readonly socket: Socket, private readonly request: string) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: Buffer | string) => this.take(String(chunk)));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  static open(port: number, request: string): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(new HttpConnection(socket, request)));
      socket.once('error', reject);
    });
  }

  send(): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(this.request, 'latin1');
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
      const answer = { status: Number(this.received.slice(9, 12)), body: this.received.slice(length.head, length.total) };
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
