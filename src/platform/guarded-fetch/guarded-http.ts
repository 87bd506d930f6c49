import { Readable } from 'node:stream';
import { FetchRefused } from '../../domain/ports/guarded-fetch.js';
import { type OutboundAnswer, OutboundHttp, type OutboundRequest } from '../../domain/ports/outbound-http.js';
import { type GuardOptions, GuardedClients } from './guarded-clients.js';

/** Header values as Node gives them: bytes as characters, so that nothing is lost on the way through. */
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** One connection for each call, to a checked address, and no longer than the call. */
export class GuardedHttp extends OutboundHttp {
  readonly #clients: GuardedClients;

  constructor(options: GuardOptions = {}) {
    super();
    this.#clients = new GuardedClients(options);
  }

  override async request({ method, url, headers, body, patience, deadline, signal }: OutboundRequest): Promise<OutboundAnswer> {
    const target = this.#clients.judgeUrl(url, { anyPort: true });
    const ended = new AbortController();
    const timers = [setTimeout(() => ended.abort(late(target, 'begin to answer')), patience), setTimeout(() => ended.abort(late(target, 'finish its answer')), deadline)];
    const giveUp = (): void => ended.abort(new FetchRefused('network', 'nobody waits for the answer any more'));
    signal?.addEventListener('abort', giveUp);
    const close: (() => unknown)[] = [() => timers.forEach(clearTimeout), () => signal?.removeEventListener('abort', giveUp)];
    try {
      if (signal?.aborted === true) giveUp();
      const addresses = await orAborted(this.#clients.judgedAddresses(target), ended.signal);
      const client = await this.#clients.client(target, addresses, ended.signal);
      close.push(() => client.destroy());
      const sent = typeof body === 'object' ? Readable.from(body) : (body ?? null);
      const answer = await client.request({ method: method as 'GET', path: target.pathname + target.search, headers: { ...headers, connection: 'close' }, body: sent, signal: ended.signal });
      clearTimeout(timers[0]);
      // However the body ends: read, given up, or late.
      answer.body.once('close', () => close.forEach((step) => step())).on('error', () => undefined);
      return { status: answer.statusCode, headers: present(answer.headers), body: read(answer.body, ended.signal), discard: () => void answer.body.destroy() };
    } catch (error) {
      close.forEach((step) => step());
      throw asRefused(error, ended.signal, target);
    }
  }
}

const late = ({ host }: URL, what: string): FetchRefused => new FetchRefused('timeout', `${host} did not ${what} in time`);
const asRefused = (error: unknown, signal: AbortSignal, { host }: URL): FetchRefused => {
  if (signal.aborted && signal.reason instanceof FetchRefused) return signal.reason;
  return error instanceof FetchRefused ? error : new FetchRefused('network', `the connection to ${host} failed or the answer was no HTTP`);
};

const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });

async function* read(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw signal.aborted ? (signal.reason as Error) : new FetchRefused('network', `the answer broke off: ${(error as Error).name}`);
  }
}

const present = (headers: Headers): Readonly<Record<string, string | readonly string[]>> =>
  Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined));
