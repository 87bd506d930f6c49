import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { FetchRefused, GuardedFetch } from '../../domain/ports/guarded-fetch.js';
import { readIssuerJwks } from '../../domain/trust/issuer-jwks.js';
import type { TrustRule } from '../../domain/trust/trust.events.js';
import type { CommandContext } from '../command-context.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';

interface Kept {
  readonly jwks: string | undefined;
  readonly readAt: number;
  readonly freshUntil: number;
  /** Whatever tokens name until then, the issuer is not asked again. */
  readonly nextTry: number;
}

/** Seconds. A key that its issuer has withdrawn is believed no longer than that; while the issuer is away, an hour. */
const SHORTEST = 60;
const LONGEST = 600;
const UNSAID = 300;
const MOST_STALE = 3_600;
const BETWEEN_TRIES = 60;
const MOST_KEPT = 1_000;
/** Some issuers publish the certificates beside the keys. */
const MOST_BYTES = 65_536;
const JWKS = 'application/jwk-set+json, application/json';

/** The keys of issuers that rules name, fetched behind the guard, one fetch at a time and at most one a minute for each place. */
@Injectable()
export class IssuerKeys {
  private readonly kept = new Map<string, Kept>();
  private readonly underWay = new Map<string, Promise<Kept>>();

  constructor(private readonly fetch: GuardedFetch, private readonly clock: Clock, private readonly notes: NoteRefusalHandler) {}

  /** JWK Set as JSON text; undefined when it can't be had now, and nothing that was read lately still counts. */
  async of(rule: TrustRule, context: CommandContext): Promise<string | undefined> {
    if (rule.keys.jwks !== undefined) return rule.keys.jwks;
    const kept = this.kept.get(placeOf(rule));
    return kept && kept.freshUntil > this.clock.seconds() ? kept.jwks : this.usable(await this.read(rule, context));
  }

  /** For a token that names a key which is not among them: the issuer may have a new one. Undefined when there is nothing newer. */
  async newerThan(jwks: string, rule: TrustRule, context: CommandContext): Promise<string | undefined> {
    if (rule.keys.jwks !== undefined) return undefined;
    const read = this.usable(await this.read(rule, context));
    return read === jwks ? undefined : read;
  }

  private usable({ jwks, readAt }: Kept): string | undefined {
    return this.clock.seconds() - readAt <= MOST_STALE ? jwks : undefined;
  }

  private read(rule: TrustRule, context: CommandContext): Promise<Kept> {
    const place = placeOf(rule);
    const kept = this.kept.get(place);
    if (kept && kept.nextTry > this.clock.seconds()) return Promise.resolve(kept);
    const running = this.underWay.get(place);
    if (running) return running;
    const reading = this.load(rule, kept, context).then((now) => this.keep(place, now)).finally(() => this.underWay.delete(place));
    this.underWay.set(place, reading);
    return reading;
  }

  private async load(rule: TrustRule, before: Kept | undefined, context: CommandContext): Promise<Kept> {
    const now = this.clock.seconds();
    try {
      const { body, maxAge } = await this.fetch.get(rule.keys.jwksUri ?? (await this.discovered(rule.issuer)), JWKS, MOST_BYTES);
      const jwks = readIssuerJwks(parsed(body), rule.platform);
      return { jwks, readAt: now, freshUntil: now + Math.min(Math.max(maxAge ?? UNSAID, SHORTEST), LONGEST), nextTry: now + BETWEEN_TRIES };
    } catch (error) {
      if (!(error instanceof FetchRefused || error instanceof Refusal)) throw error;
      const reason = error instanceof FetchRefused ? error.reason : error.code;
      await this.notes.execute(new NoteRefusal(activityEvents.IssuerKeysRejected({ ruleId: rule.ruleId, reason }), context));
      // The last good ones count for a while: an issuer that is away for minutes must not stop everything that it vouches for.
      return { jwks: before?.jwks, readAt: before?.readAt ?? 0, freshUntil: 0, nextTry: now + BETWEEN_TRIES };
    }
  }

  /** OpenID Connect Discovery section 4.3: the document must name the very issuer that it was asked of. */
  private async discovered(issuer: string): Promise<string> {
    const { body } = await this.fetch.get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, 'application/json', MOST_BYTES);
    const document = parsed(body) as { issuer?: unknown; jwks_uri?: unknown } | null;
    if (document?.issuer !== issuer || typeof document.jwks_uri !== 'string') throw new Refusal('trust.invalid', 'The discovery document does not name this issuer and a jwks_uri.');
    return document.jwks_uri;
  }

  private keep(place: string, now: Kept): Kept {
    if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(place, now);
    return now;
  }
}

/** Rules with the same one have the same keys. */
export const placeOf = ({ issuer, platform, keys }: TrustRule): string => JSON.stringify([keys.jwks ?? keys.jwksUri ?? issuer, keys.source, platform === 'spiffe']);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('trust.invalid', 'What the issuer answers is not JSON.');
  }
};
