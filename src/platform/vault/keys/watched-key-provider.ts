import type { Clock } from '../../../domain/ports/clock.js';
import { type KeyBinding, KeyProvider, KeysUnavailable, type WrappedKey } from '../../../domain/ports/key-provider.js';

/** Milliseconds after which what was heard last is no news any more. */
const NEWS_FOR = 30_000;

/** A provider, and what was heard of it last: whoever asks for readiness does not wait for somebody else's server. */
export class WatchedKeyProvider extends KeyProvider {
  #heardAt = 0;
  #problem: string | undefined;
  #looking: Promise<void> | undefined;

  constructor(private readonly inner: KeyProvider, private readonly clock: Clock) {
    super();
  }

  override get kind(): string {
    return this.inner.kind;
  }

  /** Why it can't be used; undefined when it can, as far as is known. When that is old, it is found out for whoever asks next. */
  get problem(): string | undefined {
    if (this.clock.now() - this.#heardAt > NEWS_FOR) void this.look();
    return this.#problem;
  }

  /** Resolves when it is known whether the provider answers. */
  look(): Promise<void> {
    this.#looking ??= this.current().then(() => undefined, () => undefined).finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  override current(): Promise<string> {
    return this.#heard(this.inner.current());
  }

  override wrap(key: Uint8Array, binding: KeyBinding): Promise<WrappedKey> {
    return this.#heard(this.inner.wrap(key, binding));
  }

  override unwrap(wrapped: WrappedKey, binding: KeyBinding): Promise<Uint8Array> {
    return this.#heard(this.inner.unwrap(wrapped, binding));
  }

  override rotate(name: string): Promise<string> {
    return this.#heard(this.inner.rotate(name));
  }

  override leave(): Promise<void> {
    return this.inner.leave();
  }

  override outdated(): Promise<readonly string[]> {
    return this.inner.outdated();
  }

  override retire(keyId: string): Promise<void> {
    return this.inner.retire(keyId);
  }

  override close(): Promise<void> {
    return this.inner.close();
  }

  async #heard<T>(answer: Promise<T>): Promise<T> {
    try {
      const given = await answer;
      this.#problem = undefined;
      return given;
    } catch (error) {
      // A key that is rejected was at least looked at.
      this.#problem = error instanceof KeysUnavailable ? error.message : undefined;
      throw error;
    } finally {
      this.#heardAt = this.clock.now();
    }
  }
}
