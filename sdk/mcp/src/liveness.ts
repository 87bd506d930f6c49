import { fetchObject } from './bounded-fetch.js';
import type { Issuer } from './issuer.js';
import { invalidToken, unavailable } from './refusal.js';
import type { Settings } from './settings.js';

const LIMITS = { timeoutMs: 2_000, maxBytes: 65_536 } as const;
const MAX_ENTRIES = 10_000;

/** What the issuer says of a token now. */
interface Answer {
  readonly active: boolean;
  /** Narrower than the token says, when the grant was narrowed since. */
  readonly scopes?: readonly string[];
}
interface Entry {
  readonly askedAt: number;
  readonly answer: Promise<Answer>;
}

/** RFC 6749 section 2.3.1: both halves are form-encoded before they are joined. */
const formEncoded = (value: string): string => new URLSearchParams({ v: value }).toString().slice(2);
const basic = (id: string, secret: string): string => `Basic ${btoa(`${formEncoded(id)}:${formEncoded(secret)}`)}`;

/** Asks the issuer whether a token still lives (RFC 7662), so that a suspension counts before the token's expiry. */
export class Liveness {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly settings: Settings,
    private readonly issuer: Issuer,
  ) {}

  /**
   * The scopes that still count, or undefined when the issuer doesn't say. Refuses with 401 when the token is no longer
   * active, and with 503 when the issuer can't be asked: silence is never taken for a yes.
   */
  async check(token: string): Promise<readonly string[] | undefined> {
    if (!this.settings.introspect) return undefined;
    const { active, scopes } = await this.#answer(token);
    if (!active) throw invalidToken('token.inactive', 'The access token is no longer active.');
    return scopes;
  }

  #answer(token: string): Promise<Answer> {
    const now = this.settings.now();
    const held = this.#entries.get(token);
    // Counted from the question: an answer may be as old as its question, and a suspension can fall in between.
    if (held && now >= held.askedAt && now < held.askedAt + this.#cacheMs) return held.answer;
    const answer = this.#ask(token).catch((error: unknown) => {
      this.#forget(token, answer);
      throw unavailable('introspection.unavailable', error);
    });
    this.#entries.delete(token);
    this.#makeRoom(now);
    this.#entries.set(token, { askedAt: now, answer });
    return answer;
  }

  async #ask(token: string): Promise<Answer> {
    const { clientId = '', clientSecret = '' } = this.settings.introspect ?? {};
    const said = await fetchObject(await this.issuer.introspectionEndpoint(), {
      ...LIMITS,
      fetch: this.settings.fetch,
      init: {
        method: 'POST',
        headers: { authorization: basic(clientId, clientSecret), 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
      },
    });
    const scope = said['scope'];
    return { active: said['active'] === true, ...(typeof scope === 'string' && { scopes: scope.split(' ').filter(Boolean) }) };
  }

  #forget(token: string, answer: Promise<Answer>): void {
    if (this.#entries.get(token)?.answer === answer) this.#entries.delete(token);
  }

  /** Entries leave in the order they came, so the oldest are always in front. */
  #makeRoom(now: number): void {
    for (const [token, { askedAt }] of this.#entries) {
      if (now < askedAt + this.#cacheMs && this.#entries.size < MAX_ENTRIES) return;
      this.#entries.delete(token);
    }
  }

  get #cacheMs(): number {
    return this.settings.introspect?.cacheMs ?? 0;
  }
}
