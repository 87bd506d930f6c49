import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

type Mood = 'fine' | 'frozen' | 'losing answers' | 'down';

/** A network between a client and a server that can be made as bad as networks are. */
export class FlakyLink {
  private mood: Mood = 'fine';
  private delay = 0;
  private readonly sockets = new Set<Socket>();
  private lost: (() => void) | undefined;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(host: string, port: number): Promise<FlakyLink> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const link = new FlakyLink(server, (server.address() as AddressInfo).port);
    server.on('connection', (near) => link.carry(near, connect(port, host)));
    return link;
  }

  /** Nothing passes any more, in either direction, and nobody is told. */
  freeze(): void {
    this.mood = 'frozen';
  }

  /** Requests pass, answers do not. Resolves when the first answer (an HTTP/2 DATA frame) is lost. */
  loseAnswers(): Promise<void> {
    this.mood = 'losing answers';
    return new Promise((resolve) => (this.lost = resolve));
  }

  /** Breaks all connections and lets no new one in. */
  takeDown(): void {
    this.mood = 'down';
    this.cut();
  }

  /** Whatever passes takes so many milliseconds longer, each way; 0: none. */
  slowDown(milliseconds: number): void {
    this.delay = milliseconds;
  }

  /** Breaks all connections; new ones are fine. */
  repair(): void {
    this.mood = 'fine';
    this.cut();
  }

  async close(): Promise<void> {
    this.takeDown();
    this.server.close();
    await once(this.server, 'close');
  }

  private cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private pass(to: Socket, chunk: Buffer): void {
    if (this.delay === 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), this.delay);
  }

  private carry(near: Socket, far: Socket): void {
    const end = (): void => {
      near.destroy();
      far.destroy();
      this.sockets.delete(near);
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    if (this.mood === 'down') return end();
    this.sockets.add(near);
    near.on('data', (chunk) => this.mood !== 'frozen' && this.pass(far, chunk));
    far.on('data', (chunk) => {
      if (this.mood === 'fine') this.pass(near, chunk);
      else if (this.mood === 'losing answers' && hasDataFrame(chunk)) this.lost?.();
    });
  }
}

/** RFC 9113 section 4.1: 24 bits of length, 8 of type (0 is DATA), and 5 more octets of header. */
const hasDataFrame = (chunk: Buffer): boolean => {
  for (let at = 0; at + 9 <= chunk.length; at += 9 + chunk.readUIntBE(at, 3)) if (chunk[at + 3] === 0) return true;
  return false;
};
