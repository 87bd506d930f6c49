import type { RefusalCode } from '../kernel/refusal.js';
import type { ConditionProblem } from '../ports/conditions.js';
import type { ObligationKind } from './access-request.js';

export interface DeniedScope {
  readonly scope: string;
  /** The id of the rule that denies, or why none allows. */
  readonly reason: string;
}
/** What has to happen before these scopes can be had. */
export interface Obligation {
  readonly kind: ObligationKind;
  readonly scopes: readonly string[];
  readonly ruleIds: readonly string[];
}
/** A condition that had no answer; the rule was counted against the request. */
export interface UnansweredRule {
  readonly ruleId: string;
  readonly problem: ConditionProblem;
}

interface Decided {
  readonly denied: readonly DeniedScope[];
  /** The version that decided; undefined when no rules were needed to say no, or there are none. */
  readonly policyVersion?: number;
  readonly policyDigest?: string;
  /** The rules that made the difference. */
  readonly ruleIds: readonly string[];
  /** Also of an allowed request: scopes that were withheld until something else happens. */
  readonly obligations: readonly Obligation[];
  readonly unanswered: readonly UnansweredRule[];
}
export type AllowedDecision = Decided & { readonly allowed: true; readonly scopes: readonly string[]; readonly policyVersion: number; readonly policyDigest: string };
export type RefusedDecision = Decided & { readonly allowed: false; readonly reason: RefusalCode };
export type Decision = AllowedDecision | RefusedDecision;
