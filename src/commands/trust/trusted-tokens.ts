import { Injectable } from '@nestjs/common';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type Claims, JwtVerifier } from '../../domain/ports/jwt-verifier.js';
import { claimFits } from '../../domain/trust/claim-match.js';
import { tokenProblem } from '../../domain/trust/judge-token.js';
import type { TrustRule } from '../../domain/trust/trust.events.js';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { secondLook } from '../second-look.js';
import { IssuerKeys, placeOf } from './issuer-keys.js';
import type { VouchedBy } from './vouched-by.js';

/** A token of another issuer that one of the tenant's rules believes. Nothing is spent yet. */
export interface BelievedToken {
  readonly rule: TrustRule;
  readonly claims: Claims;
  readonly vouchedBy: VouchedBy;
}
export interface NotBelieved {
  readonly reason: RefusalCode;
  /** The rule that came closest, when some rule is about the issuer. */
  readonly rule?: TrustRule;
}
type Purpose = TrustRule['purpose'];

const ID_JAG_TYPE = 'oauth-id-jag+jwt';
const TYPES: Readonly<Record<Purpose, readonly (string | undefined)[]>> = { workload: [undefined, 'jwt', 'jose'], users: [ID_JAG_TYPE] };

/** Whether the tenant believes tokens that others issued (RFC 7523 section 3): first by whose it says it is, then by everything else. */
@Injectable()
export class TrustedTokens {
  constructor(
    private readonly reader: AccessFactsReader,
    private readonly verifier: JwtVerifier,
    private readonly keys: IssuerKeys,
    private readonly clock: Clock,
    private readonly crypto: Crypto,
  ) {}

  /** The rules about the issuer that the token names, byte for byte. Nothing is fetched for an issuer that nobody here trusts (WF-01). */
  async rulesFor(tenant: string, jwt: string, purpose: Purpose): Promise<readonly TrustRule[]> {
    const issuer = issuerOf(this.verifier.unverified(jwt)?.claims);
    if (issuer === undefined) return [];
    const { state } = await this.reader.trust(tenant);
    return state.rules.filter((rule) => rule.purpose === purpose && rule.issuer === issuer);
  }

  isIdJag(jwt: string): boolean {
    return this.verifier.unverified(jwt)?.typ === ID_JAG_TYPE;
  }

  async believed(jwt: string, purpose: Purpose, context: CommandContext): Promise<BelievedToken | NotBelieved> {
    const said = this.verifier.unverified(jwt)?.claims;
    if (!said) return { reason: 'assertion.malformed' };
    const rules = await secondLook(this.reader, () => this.rulesFor(context.tenant, jwt, purpose), ({ length }) => length > 0);
    const verified = new Map<string, Claims | RefusalCode>();
    let closest: NotBelieved | undefined;
    for (const rule of likeliestFirst(rules, said)) {
      const place = placeOf(rule);
      // Once for each place where keys come from, however many rules there are.
      if (!verified.has(place)) verified.set(place, await this.verified(jwt, rule, context));
      const claims = verified.get(place)!;
      const reason = typeof claims === 'string' ? claims : tokenProblem(rule, claims, this.clock.seconds());
      if (reason === undefined) return { rule, claims: claims as Claims, vouchedBy: this.vouchedBy(jwt, rule, claims as Claims) };
      closest ??= { reason, rule };
    }
    return closest ?? { reason: 'assertion.issuer_unknown' };
  }

  private async verified(jwt: string, rule: TrustRule, context: CommandContext): Promise<Claims | RefusalCode> {
    const expected = { types: TYPES[rule.purpose], now: this.clock.seconds() };
    const jwks = await this.keys.of(rule, context);
    if (jwks === undefined) return 'assertion.keys_unavailable';
    const answer = await this.verifier.verifyForeign(jwt, jwks, expected);
    if (answer !== 'assertion.key_unknown') return answer;
    const newer = await this.keys.newerThan(jwks, rule, context);
    return newer === undefined ? answer : this.verifier.verifyForeign(jwt, newer, expected);
  }

  private vouchedBy(jwt: string, { ruleId, platform, issuer }: TrustRule, { jti }: Claims): VouchedBy {
    return { ruleId, platform, assertion: this.crypto.sha256(JSON.stringify([issuer, typeof jti === 'string' ? jti : jwt])) };
  }
}

/** So that a refusal is told of the rule that was meant, where there are many of one issuer. */
const likeliestFirst = (rules: readonly TrustRule[], said: Claims): readonly TrustRule[] => {
  const fits = ({ claims }: TrustRule): boolean => claims.every((one) => claimFits(one, said));
  return [...rules.filter(fits), ...rules.filter((rule) => !fits(rule))];
};

export const isBelieved = (outcome: BelievedToken | NotBelieved): outcome is BelievedToken => 'claims' in outcome;

/** A JWT-SVID may name no issuer: the trust domain of its subject is that (JWT-SVID section 3). */
const issuerOf = (claims: Claims | undefined): string | undefined => {
  if (claims === undefined) return undefined;
  const { iss, sub } = claims;
  if (iss === undefined && typeof sub === 'string') return /^spiffe:\/\/[a-z0-9._-]{1,255}(?=\/)/.exec(sub)?.[0];
  return typeof iss === 'string' ? iss : undefined;
};
