export interface Timing {
  /** Younger than this, the held copy is used without a question. */
  readonly freshMs: number;
  /** Older than this, the held copy is worth nothing. In between it is used while a new one is fetched behind the scenes. */
  readonly staleMs: number;
  /** The least time between two fetches, whatever makes them desirable. */
  readonly coolDownMs: number;
  /** The least time to the next fetch after a failed one. */
  readonly retryMs: number;
}

/**
 * A document of the issuer that is fetched when needed, by one request at a time, and held for a while.
 * The pace of fetching is set by time alone: no flood of requests, however made up, makes it faster.
 */
export class RemoteDocument<T> {
  #held: { readonly value: T; readonly at: number } | undefined;
  #tried: { readonly at: number; readonly error?: unknown } | undefined;
  #pending: Promise<T> | undefined;

  constructor(
    private readonly load: () => Promise<T>,
    private readonly timing: Timing,
    private readonly now: () => number,
  ) {}

  /** The document; rejects when there is no copy young enough and none can be had. */
  async get(): Promise<T> {
    const held = this.#held;
    if (!held || !this.#within(held.at, this.timing.staleMs)) return this.#fetch(this.timing.retryMs);
    if (!this.#within(held.at, this.timing.freshMs)) this.#fetch(this.timing.retryMs).catch(() => undefined);
    return held.value;
  }

  /** The document as it is now, for a reader who misses something in the held copy; the held copy while cooling down. */
  async renew(): Promise<T> {
    const held = this.#held;
    if (held && !this.#pending && this.#tried?.error === undefined && this.#within(held.at, this.timing.coolDownMs)) return held.value;
    return this.#fetch(this.timing.retryMs);
  }

  async #fetch(pauseMs: number): Promise<T> {
    if (this.#pending) return this.#pending;
    if (this.#tried?.error !== undefined && this.#within(this.#tried.at, pauseMs)) throw this.#tried.error;
    this.#pending = this.#run().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #run(): Promise<T> {
    const at = this.now();
    try {
      const value = await this.load();
      this.#held = { value, at };
      this.#tried = { at };
      return value;
    } catch (error) {
      this.#tried = { at, error };
      throw error;
    }
  }

  /** A clock that was set back makes the copy old, not young for ever. */
  #within(at: number, span: number): boolean {
    const age = this.now() - at;
    return age >= 0 && age < span;
  }
}
