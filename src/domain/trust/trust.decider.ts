import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { checkTrustRule } from './trust-rule-checks.js';
import { type TrustEvent, type TrustRule, trustEvents as on } from './trust.events.js';

/** What a tenant believes of other issuers, the oldest rule first. */
export interface TrustBook {
  readonly rules: readonly TrustRule[];
}
export type TrustCommand =
  | { readonly type: 'AddTrustRule'; readonly rule: TrustRule; readonly issuer: string; readonly local: boolean; readonly now: number }
  | { readonly type: 'RemoveTrustRule'; readonly ruleId: string; readonly reason: string };

const MOST_RULES = 500;

export const trust: Decider<TrustBook, TrustCommand, TrustEvent> = {
  initial: { rules: [] },
  evolve: ({ rules }, { type, data }) =>
    (type === 'TrustRuleAdded' ? { rules: [...rules, data] } : { rules: rules.filter(({ ruleId }) => ruleId !== data.ruleId) }),
  decide(command, { rules }) {
    if (command.type === 'RemoveTrustRule') {
      if (!rules.some(({ ruleId }) => ruleId === command.ruleId)) throw new Refusal('trust.unknown', 'There is no such trust rule.');
      return [on.TrustRuleRemoved({ ruleId: command.ruleId, reason: command.reason })];
    }
    const { rule, issuer, local, now } = command;
    checkTrustRule(rule, { issuer, local });
    if (rule.expiresAt !== undefined && rule.expiresAt <= now) throw new Refusal('trust.invalid', 'expires_at must be in the future.');
    if (rules.length >= MOST_RULES) throw new Refusal('trust.invalid', `A tenant has at most ${MOST_RULES} trust rules.`);
    return [on.TrustRuleAdded(rule)];
  },
};

export const ruleNamed = ({ rules }: TrustBook, ruleId: string): TrustRule | undefined => rules.find((rule) => rule.ruleId === ruleId);
