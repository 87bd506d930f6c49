import type { RefusalCode } from '../kernel/refusal.js';
import { claimFits } from './claim-match.js';
import { type TrustBook, ruleNamed } from './trust.decider.js';
import type { TrustRule } from './trust.events.js';

type Claims = Readonly<Record<string, unknown>>;

/** Seconds. An hour is what platforms give at most by default; a minute for clocks. */
const MOST_LIFE = 3_600;
const MOST_SKEW = 60;

/** One audience and it is ours: a token that is good elsewhere too could have been taken there (WF-02). */
const isForUs = (aud: unknown, audience: string): boolean => (Array.isArray(aud) && aud.length === 1 ? aud[0] : aud) === audience;

const timeProblem = (rule: TrustRule, { exp, iat }: Claims, now: number): RefusalCode | undefined => {
  if (typeof exp !== 'number') return 'assertion.expired';
  // A JWT-SVID need not say when it was made (JWT-SVID section 3); its end bounds it all the same.
  if (iat === undefined && rule.platform === 'spiffe') return exp > now + MOST_LIFE + MOST_SKEW ? 'assertion.too_long_lived' : undefined;
  if (typeof iat !== 'number' || iat > now + MOST_SKEW) return 'assertion.not_yet_valid';
  return exp - iat > MOST_LIFE + MOST_SKEW || exp > now + MOST_LIFE + MOST_SKEW ? 'assertion.too_long_lived' : undefined;
};

/** Whether the rule believes a token whose signature, `iss`, `exp` and `nbf` hold. Undefined when it does. */
export const tokenProblem = (rule: TrustRule, claims: Claims, now: number): RefusalCode | undefined => {
  const ended = ruleProblem({ rules: [rule] }, rule.ruleId, now);
  if (ended) return ended;
  if (!isForUs(claims['aud'], rule.audience)) return 'assertion.audience_mismatch';
  return timeProblem(rule, claims, now) ?? (rule.claims.every((one) => claimFits(one, claims)) ? undefined : 'assertion.claims_mismatch');
};

/** The same of whatever rests on several rules: each of them has to hold. */
export const rulesProblem = (book: TrustBook, ruleIds: readonly string[], now: number): RefusalCode | undefined =>
  ruleIds.map((ruleId) => ruleProblem(book, ruleId, now)).find((problem) => problem !== undefined);

/** Why nothing rests on the rule any more; undefined while it holds. */
export const ruleProblem = (book: TrustBook, ruleId: string, now: number): RefusalCode | undefined => {
  const rule = ruleNamed(book, ruleId);
  if (!rule) return 'trust.removed';
  return rule.expiresAt !== undefined && rule.expiresAt <= now ? 'trust.expired' : undefined;
};
