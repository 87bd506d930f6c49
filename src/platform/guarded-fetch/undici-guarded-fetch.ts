import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../domain/ports/clock.js';
import { FetchRefused, type FetchedDocument, GuardedFetch } from '../../domain/ports/guarded-fetch.js';
import { SystemClock } from '../system-clock.js';
import { type GuardOptions, GuardedClients } from './guarded-clients.js';
import { MinuteQuota } from './minute-quota.js';
import { readAnswer } from './read-answer.js';

export interface GuardedFetchOptions extends GuardOptions {
  readonly maxBytes?: number;
  /** For everything together: name, connection, TLS, headers, body. */
  readonly deadlineMs?: number;
  /** Refusals are given at multiples of this time only, so that their timing tells nothing of our network. */
  readonly refusalStepMs?: number;
  /** For one host name, and for one address. */
  readonly perMinute?: number;
  readonly mostAtOnce?: number;
  readonly clock?: Clock;
}

/** Fetches what strangers name, a document at a time, at a pace that makes no weapon and no map of it. */
export class UndiciGuardedFetch extends GuardedFetch {
  readonly #options;
  readonly #clients: GuardedClients;
  readonly #quota: MinuteQuota;
  readonly #flights = new Map<string, Promise<FetchedDocument>>();

  constructor(options: GuardedFetchOptions = {}) {
    super();
    this.#options = { maxBytes: 16_384, deadlineMs: 5_000, refusalStepMs: 500, perMinute: 60, mostAtOnce: 64, clock: new SystemClock(), ...options };
    this.#clients = new GuardedClients(options);
    this.#quota = new MinuteQuota(this.#options.clock, this.#options.perMinute);
  }

  override get(url: string, accept: string, maxBytes = this.#options.maxBytes): Promise<FetchedDocument> {
    const key = JSON.stringify([url, accept, maxBytes]);
    const underWay = this.#flights.get(key);
    if (underWay) return underWay;
    const flight = this.#paced(url, accept, maxBytes).finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  async #paced(url: string, accept: string, maxBytes: number): Promise<FetchedDocument> {
    const started = performance.now();
    try {
      return await this.#withDeadline(this.#clients.judgeUrl(url, { anyPort: false }), accept, maxBytes);
    } catch (error) {
      const step = this.#options.refusalStepMs;
      if (step > 0) await wait(step - ((performance.now() - started) % step));
      throw error instanceof FetchRefused ? error : new FetchRefused('network', 'the connection failed or the answer was no HTTP');
    }
  }

  async #withDeadline(target: URL, accept: string, maxBytes: number): Promise<FetchedDocument> {
    // This flight is not in the map yet.
    if (this.#flights.size >= this.#options.mostAtOnce) throw new FetchRefused('rate_limited', 'too many documents are being fetched');
    this.#quota.take(target.hostname);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#options.deadlineMs);
    try {
      const late = new Promise<never>((_, reject) => {
        deadline.signal.addEventListener('abort', () => reject(new FetchRefused('timeout', `${target.hostname} did not answer in time`)));
      });
      return await Promise.race([this.#fetch(target, { accept, maxBytes }, deadline.signal), late]);
    } finally {
      clearTimeout(timer);
      // Whatever is still open now is not wanted any more.
      deadline.abort();
    }
  }

  async #fetch(target: URL, { accept, maxBytes }: { readonly accept: string; readonly maxBytes: number }, signal: AbortSignal): Promise<FetchedDocument> {
    const addresses = await this.#clients.judgedAddresses(target);
    signal.throwIfAborted();
    this.#quota.take(addresses[0]!);
    const client = await this.#clients.client(target, addresses, signal);
    try {
      const headers = { accept, 'accept-encoding': 'identity', 'user-agent': 'Mandate', connection: 'close' };
      const answer = await client.request({ method: 'GET', path: target.pathname + target.search, headers, signal });
      answer.body.on('error', () => undefined);
      return await readAnswer(answer, accept, maxBytes);
    } finally {
      await client.destroy();
    }
  }
}
