import type { Clock } from '../domain/ports/clock.js';

/** A JWK Set as JSON text, and for how many seconds its place says that it may be kept. */
export interface ReadKeys {
  readonly jwks: string;
  readonly maxAge?: number | undefined;
}
interface Kept {
  readonly jwks: string | undefined;
  readonly readAt: number;
  readonly freshUntil: number;
  /** Whatever tokens name until then, the place is not asked again. */
  readonly nextTry: number;
}
/** Undefined when they can't be had now. */
type Load = () => Promise<ReadKeys | undefined>;

/** Seconds. A key that was withdrawn is believed no longer than that; while its place is away, an hour. */
const SHORTEST = 60;
const LONGEST = 600;
const UNSAID = 300;
const MOST_STALE = 3_600;
const BETWEEN_TRIES = 60;
const MOST_KEPT = 1_000;

/** Keys that others publish: one fetch at a time and at most one a minute for each place, however many tokens name keys that are not there. */
export class KeptKeys {
  private readonly kept = new Map<string, Kept>();
  private readonly underWay = new Map<string, Promise<Kept>>();

  constructor(private readonly clock: Clock) {}

  /** Undefined when they can't be had now, and nothing that was read lately still counts. */
  async of(place: string, load: Load): Promise<string | undefined> {
    const kept = this.kept.get(place);
    return kept && kept.freshUntil > this.clock.seconds() ? kept.jwks : this.usable(await this.read(place, load));
  }

  /** For a token that they do not verify: there may be new ones. Undefined when there is nothing newer. */
  async newerThan(jwks: string, place: string, load: Load): Promise<string | undefined> {
    const read = this.usable(await this.read(place, load));
    return read === jwks ? undefined : read;
  }

  private usable({ jwks, readAt }: Kept): string | undefined {
    return this.clock.seconds() - readAt <= MOST_STALE ? jwks : undefined;
  }

  private read(place: string, load: Load): Promise<Kept> {
    const kept = this.kept.get(place);
    if (kept && kept.nextTry > this.clock.seconds()) return Promise.resolve(kept);
    const running = this.underWay.get(place);
    if (running) return running;
    const reading = load().then((read) => this.keep(place, kept, read)).finally(() => this.underWay.delete(place));
    this.underWay.set(place, reading);
    return reading;
  }

  private keep(place: string, before: Kept | undefined, read: ReadKeys | undefined): Kept {
    const now = this.clock.seconds();
    const nextTry = now + BETWEEN_TRIES;
    const kept: Kept = read
      ? { jwks: read.jwks, readAt: now, freshUntil: now + Math.min(Math.max(read.maxAge ?? UNSAID, SHORTEST), LONGEST), nextTry }
      // The last good ones count for a while: a place that is away for minutes must not stop everything that it vouches for.
      : { jwks: before?.jwks, readAt: before?.readAt ?? 0, freshUntil: 0, nextTry };
    // What is read again takes no other's place, and is the newest.
    this.kept.delete(place);
    if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(place, kept);
    return kept;
  }
}
