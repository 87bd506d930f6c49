import { type RequestListener, createServer as createHttp } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, type Server, type Socket, connect } from 'node:net';
import type { GuardOptions } from '../../../src/platform/guarded-fetch/guarded-clients.js';
import { GuardedHttp } from '../../../src/platform/guarded-fetch/guarded-http.js';
import { type GuardedFetchOptions, UndiciGuardedFetch } from '../../../src/platform/guarded-fetch/undici-guarded-fetch.js';
import { cert, key } from './test-certificate.js';

export const PUBLIC = '93.184.216.34';
export const OTHER_PUBLIC = '2606:4700::1111';

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
};

/**
 * An internet of one server: every address that is dialled leads to it and is written down, and names have the addresses
 * that the test gives them.
 */
export class LocalInternet {
  /** What was dialled, in order. */
  readonly dialled: string[] = [];
  readonly resolved: string[] = [];
  /** Addresses that nobody listens at. */
  readonly dead = new Set<string>();
  /** Answers of the resolver, one per question; the last one stays. */
  names: Record<string, readonly (readonly string[])[]> = { 'client.example': [[PUBLIC]] };
  readonly #sockets = new Set<Socket>();
  readonly #servers: Server[] = [];
  #port = 0;

  /** Starts the server; `secure: false` gives plain http, for development's loopback. */
  async serve(listener: RequestListener, { secure = true } = {}): Promise<number> {
    const server = secure ? createServer({ cert, key }, listener) : createHttp(listener);
    return this.serveTcp(server);
  }

  async serveTcp(server: Server): Promise<number> {
    server.on('connection', (socket: Socket) => this.#sockets.add(socket));
    this.#servers.push(server);
    return (this.#port = await listening(server));
  }

  fetcher(options: GuardedFetchOptions = {}): UndiciGuardedFetch {
    return new UndiciGuardedFetch({ ...this.#world(), refusalStepMs: 0, ...options });
  }

  http(options: GuardOptions = {}): GuardedHttp {
    return new GuardedHttp({ ...this.#world(), ...options });
  }

  #world(): GuardOptions {
    return {
      ca: cert,
      resolve: async (name) => {
        this.resolved.push(name);
        const answers = this.names[name] ?? [];
        const asked = this.resolved.filter((one) => one === name).length;
        return answers[Math.min(asked, answers.length) - 1] ?? [];
      },
      dial: (address, port) => {
        this.dialled.push(`${address}:${port}`);
        // Port 1 of this machine: nobody is there.
        return connect({ host: '127.0.0.1', port: this.dead.has(address) ? 1 : this.#port });
      },
    };
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((done) => server.close(done))));
  }
}
