import type { Clock } from '../../domain/ports/clock.js';
import type { KeyBinding, KeyProvider, WrappedKey } from '../../domain/ports/key-provider.js';

/** How long an unwrapped key is kept: what is lent goes on for that long when the provider is away (F-26). */
const MOST_MILLISECONDS_KEPT = 300_000;
const MOST_KEPT = 10_000;

/** Unwrapped data keys of the last minutes, in memory alone: a provider that is far away is not asked for every loan. */
export class DataKeyCache {
  readonly #kept = new Map<string, { readonly key: Uint8Array; readonly until: number }>();

  constructor(private readonly clock: Clock) {}

  async unwrap(provider: KeyProvider, wrapped: WrappedKey, binding: KeyBinding): Promise<Uint8Array> {
    // The place is part of the name: a key that was unwrapped for one place must not open in another.
    const name = JSON.stringify([wrapped.keyId, Buffer.from(wrapped.wrapped).toString('base64'), Object.entries(binding).sort()]);
    const kept = this.#kept.get(name);
    if (kept && kept.until > this.clock.now()) return kept.key;
    this.#kept.delete(name);
    const key = await provider.unwrap(wrapped, binding);
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(name, { key, until: this.clock.now() + MOST_MILLISECONDS_KEPT });
    return key;
  }

  /** What was destroyed must not live on here. */
  forget(part: KeyBinding): void {
    const wanted = Object.entries(part).map((entry) => JSON.stringify(entry));
    for (const name of this.#kept.keys()) if (wanted.every((entry) => name.includes(entry))) this.#kept.delete(name);
  }
}
