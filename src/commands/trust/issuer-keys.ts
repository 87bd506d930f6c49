import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { FetchRefused, GuardedFetch } from '../../domain/ports/guarded-fetch.js';
import { readIssuerJwks } from '../../domain/trust/issuer-jwks.js';
import type { TrustRule } from '../../domain/trust/trust.events.js';
import type { CommandContext } from '../command-context.js';
import { KeptKeys, type ReadKeys } from '../kept-keys.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';

/** Some issuers publish the certificates beside the keys. */
const MOST_BYTES = 65_536;
const JWKS = 'application/jwk-set+json, application/json';

/** The keys of issuers that rules name, fetched behind the guard. */
@Injectable()
export class IssuerKeys {
  private readonly kept: KeptKeys;

  constructor(private readonly fetch: GuardedFetch, clock: Clock, private readonly notes: NoteRefusalHandler) {
    this.kept = new KeptKeys(clock);
  }

  /** JWK Set as JSON text; undefined when it can't be had now, and nothing that was read lately still counts. */
  async of(rule: TrustRule, context: CommandContext): Promise<string | undefined> {
    return rule.keys.jwks ?? this.kept.of(placeOf(rule), () => this.load(rule, context));
  }

  /** For a token that names a key which is not among them: the issuer may have a new one. Undefined when there is nothing newer. */
  async newerThan(jwks: string, rule: TrustRule, context: CommandContext): Promise<string | undefined> {
    return rule.keys.jwks === undefined ? this.kept.newerThan(jwks, placeOf(rule), () => this.load(rule, context)) : undefined;
  }

  private async load(rule: TrustRule, context: CommandContext): Promise<ReadKeys | undefined> {
    try {
      const { body, maxAge } = await this.fetch.get(rule.keys.jwksUri ?? (await this.discovered(rule.issuer)), JWKS, MOST_BYTES);
      return { jwks: readIssuerJwks(parsed(body), rule.platform), maxAge };
    } catch (error) {
      if (!(error instanceof FetchRefused || error instanceof Refusal)) throw error;
      const reason = error instanceof FetchRefused ? error.reason : error.code;
      await this.notes.execute(new NoteRefusal(activityEvents.IssuerKeysRejected({ ruleId: rule.ruleId, reason }), context));
      return undefined;
    }
  }

  /** OpenID Connect Discovery section 4.3: the document must name the very issuer that it was asked of. */
  private async discovered(issuer: string): Promise<string> {
    const { body } = await this.fetch.get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, 'application/json', MOST_BYTES);
    const document = parsed(body) as { issuer?: unknown; jwks_uri?: unknown } | null;
    if (document?.issuer !== issuer || typeof document.jwks_uri !== 'string') throw new Refusal('trust.invalid', 'The discovery document does not name this issuer and a jwks_uri.');
    return document.jwks_uri;
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
