import type { Decision } from './decision.js';

/** What becomes of one scope. */
export type ScopeOutcome = 'allowed' | 'approval' | 'mfa' | 'denied';
export interface Difference {
  /** Empty where no scope was asked for. */
  readonly scope: string;
  readonly before: ScopeOutcome;
  readonly after: ScopeOutcome;
  /** Why the later one says so: a rule, or a reason. */
  readonly because: string;
}

/** Where two decisions on the same request part, scope by scope. */
export const differencesBetween = (before: Decision, after: Decision, scopes: readonly string[]): readonly Difference[] =>
  (scopes.length === 0 ? [''] : scopes).flatMap((scope) => {
    const [one, other] = [outcomeOf(before, scope), outcomeOf(after, scope)];
    return one === other ? [] : [{ scope, before: one, after: other, because: reasonFor(after, scope) }];
  });

const outcomeOf = (decision: Decision, scope: string): ScopeOutcome => {
  if (decision.allowed && (scope === '' ? decision.scopes.length === 0 : decision.scopes.includes(scope))) return 'allowed';
  const obligation = decision.obligations.find(({ scopes }) => scope === '' || scopes.includes(scope));
  return obligation?.kind ?? 'denied';
};

const reasonFor = (decision: Decision, scope: string): string => {
  const obligation = decision.obligations.find(({ scopes }) => scope === '' || scopes.includes(scope));
  if (obligation) return obligation.ruleIds[0] ?? obligation.kind;
  const denied = decision.denied.find((one) => one.scope === scope);
  if (denied) return denied.reason;
  return decision.allowed ? (decision.ruleIds[0] ?? '') : decision.reason;
};
