import type { Clock } from '../../domain/ports/clock.js';
import { FetchRefused } from '../../domain/ports/guarded-fetch.js';

const MOST_PLACES = 10_000;

/**
 * How often one place may be called in a minute of the clock. Strangers choose what we fetch; without this they could make
 * us a hose against somebody else. The memory is bounded: in a minute with too many places, further ones wait.
 */
export class MinuteQuota {
  readonly #used = new Map<string, number>();
  #minute = -1;

  constructor(private readonly clock: Clock, private readonly most: number) {}

  /** Throws FetchRefused when the place has had its share. */
  take(place: string): void {
    const minute = Math.floor(this.clock.now() / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#used.clear();
    }
    const used = this.#used.get(place) ?? 0;
    if (used >= this.most || (used === 0 && this.#used.size >= MOST_PLACES)) {
      throw new FetchRefused('rate_limited', `${place} was fetched from too often in this minute`);
    }
    this.#used.set(place, used + 1);
  }
}
