import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'undici';
import type { Clock } from '../../domain/ports/clock.js';
import { FetchRefused, type FetchedDocument, GuardedFetch } from '../../domain/ports/guarded-fetch.js';
import { SystemClock } from '../system-clock.js';
import { MinuteQuota } from './minute-quota.js';
import { type Dial, connectPinned } from './pinned-socket.js';
import { isLoopbackAddress, isPublicAddress } from './public-address.js';
import { readAnswer } from './read-answer.js';

/** Every address of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export interface GuardedFetchOptions {
  /** Also http(s) to localhost and loopback addresses. For development; never in production. */
  readonly allowLoopback?: boolean;
  readonly maxBytes?: number;
  /** For everything together: name, connection, TLS, headers, body. */
  readonly deadlineMs?: number;
  /** Refusals are given at multiples of this time only, so that their timing tells nothing of our network. */
  readonly refusalStepMs?: number;
  /** For one host name, and for one address. */
  readonly perMinute?: number;
  readonly mostAtOnce?: number;
  /** Certificate authorities in PEM, instead of the usual ones. */
  readonly ca?: string;
  readonly resolve?: Resolve;
  readonly dial?: Dial;
  readonly clock?: Clock;
}

const resolveBySystem: Resolve = async (name) => (await lookup(name, { all: true, order: 'ipv4first' })).map(({ address }) => address);
const dialDirectly: Dial = (address, port) => connect({ host: address, port });
const MOST_ADDRESSES = 4;

/**
 * Fetches what strangers name. A name is resolved once, every address is judged, and the socket is opened to a judged
 * address, so there is no second look-up that could answer otherwise (DNS rebinding). Each fetch has a connection of its
 * own: none is kept that a later check did not see.
 */
export class UndiciGuardedFetch extends GuardedFetch {
  readonly #options;
  readonly #quota: MinuteQuota;
  readonly #flights = new Map<string, Promise<FetchedDocument>>();

  constructor(options: GuardedFetchOptions = {}) {
    super();
    this.#options = {
      allowLoopback: false, maxBytes: 16_384, deadlineMs: 5_000, refusalStepMs: 500, perMinute: 60, mostAtOnce: 64,
      resolve: resolveBySystem, dial: dialDirectly, clock: new SystemClock(), ...options,
    };
    this.#quota = new MinuteQuota(this.#options.clock, this.#options.perMinute);
  }

  override get(url: string, accept: string): Promise<FetchedDocument> {
    const key = JSON.stringify([url, accept]);
    const underWay = this.#flights.get(key);
    if (underWay) return underWay;
    const flight = this.#paced(url, accept).finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  async #paced(url: string, accept: string): Promise<FetchedDocument> {
    const started = performance.now();
    try {
      return await this.#withDeadline(this.#judgeUrl(url), accept);
    } catch (error) {
      const step = this.#options.refusalStepMs;
      if (step > 0) await wait(step - ((performance.now() - started) % step));
      throw error instanceof FetchRefused ? error : new FetchRefused('network', 'the connection failed or the answer was no HTTP');
    }
  }

  #judgeUrl(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const local = this.#options.allowLoopback && url !== undefined && isLocalName(url.hostname);
    const allowed = url && (local ? /^https?:$/.test(url.protocol) : url.protocol === 'https:' && url.port === '');
    if (!url || !allowed || url.username || url.password) {
      throw new FetchRefused('url', 'only https on port 443 is fetched, without a user name');
    }
    return url;
  }

  async #withDeadline(target: URL, accept: string): Promise<FetchedDocument> {
    // This flight is not in the map yet.
    if (this.#flights.size >= this.#options.mostAtOnce) throw new FetchRefused('rate_limited', 'too many documents are being fetched');
    this.#quota.take(target.hostname);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#options.deadlineMs);
    try {
      const late = new Promise<never>((_, reject) => {
        deadline.signal.addEventListener('abort', () => reject(new FetchRefused('timeout', `${target.hostname} did not answer in time`)));
      });
      return await Promise.race([this.#fetch(target, accept, deadline.signal), late]);
    } finally {
      clearTimeout(timer);
      // Whatever is still open now is not wanted any more.
      deadline.abort();
    }
  }

  async #fetch(target: URL, accept: string, signal: AbortSignal): Promise<FetchedDocument> {
    const addresses = await this.#judgedAddresses(target.hostname.replace(/^\[|\]$/g, ''));
    signal.throwIfAborted();
    this.#quota.take(addresses[0]!);
    const { dial, ca } = this.#options;
    const client = new Client(target.origin, {
      maxHeaderSize: 16_384, allowH2: false, pipelining: 0,
      connect: (_, done) => {
        connectPinned({ addresses, target, dial, signal, ca }).then((socket) => done(null, socket), (error: Error) => done(error, null));
      },
    });
    try {
      const headers = { accept, 'accept-encoding': 'identity', 'user-agent': 'Mandate', connection: 'close' };
      const answer = await client.request({ method: 'GET', path: target.pathname + target.search, headers, signal });
      answer.body.on('error', () => undefined);
      return await readAnswer(answer, accept, this.#options.maxBytes);
    } finally {
      await client.destroy();
    }
  }

  async #judgedAddresses(host: string): Promise<readonly string[]> {
    // A literal address never passes through a resolver; it is judged like any other.
    const addresses = isIP(host) ? [host] : await this.#options.resolve(host).catch(() => []);
    if (addresses.length === 0) throw new FetchRefused('dns', `${host} has no address`);
    const isAllowed = this.#options.allowLoopback && isLocalName(host) ? isLoopbackAddress : isPublicAddress;
    // One special-use address among public ones is somebody trying.
    if (!addresses.every(isAllowed)) throw new FetchRefused('blocked_address', `${host} is not on the public internet`);
    return addresses.slice(0, MOST_ADDRESSES);
  }
}

const isLocalName = (host: string): boolean => /^(localhost|127\.0\.0\.1|\[?::1\]?)$/.test(host);
