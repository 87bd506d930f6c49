import { ruleProblem } from '../trust/judge-token.js';
import type { TrustBook } from '../trust/trust.decider.js';

/** A scope that was given on the word of another issuer, and counts while the rule that believes it does. */
export interface Resting {
  readonly scope: string;
  readonly ruleId: string;
}
type RestsOn = readonly Resting[] | undefined;

/** `trustRuleId` undefined: the scopes stand on their own from here on. */
export const restingAfter = (before: RestsOn, { scopes, trustRuleId }: { readonly scopes: readonly string[]; readonly trustRuleId?: string | undefined }): readonly Resting[] => [
  ...(before ?? []).filter(({ scope }) => !scopes.includes(scope)),
  ...(trustRuleId === undefined ? [] : scopes.map((scope) => ({ scope, ruleId: trustRuleId }))),
];

export const ruleBehind = (restsOn: RestsOn, scope: string): string | undefined => restsOn?.find((one) => one.scope === scope)?.ruleId;

export const isResting = (grant: { readonly status: string; readonly restsOn?: RestsOn }): boolean => grant.status !== 'none' && grant.restsOn !== undefined;

/** Whether what the scope was given on is over. Without knowing the rules, it is. */
export const hasLostTrust = (restsOn: RestsOn, scope: string, trust: TrustBook | undefined, now: number): boolean => {
  const ruleId = ruleBehind(restsOn, scope);
  return ruleId !== undefined && (!trust || ruleProblem(trust, ruleId, now) !== undefined);
};
