import type { ConditionProblem } from '../ports/conditions.js';
import type { AccessRequest, ObligationKind } from './access-request.js';
import { type CompiledPolicy, type CompiledRule, MANNER, mentionsSome } from './compiled-policy.js';
import { bindInputs } from './condition-inputs.js';
import type { UnansweredRule } from './decision.js';
import { isAbout, touches } from './rule-fits.js';
import type { PolicyRule } from './rule-shape.js';

/** What the rules say about one scope. */
export interface Verdict {
  readonly deniedBy: PolicyRule | undefined;
  /** Obligations that the request has not met. */
  readonly needs: readonly PolicyRule[];
  /** Allows, and obligations that were met. Empty: nothing allows. */
  readonly allowedBy: readonly PolicyRule[];
}

export const obligationOf = ({ effect }: PolicyRule): ObligationKind => (effect === 'require_mfa' ? 'mfa' : 'approval');

type Answer = boolean | ConditionProblem;
const NONE: readonly never[] = [];
/** A list that is made with its first entry takes a tenth of the room of an empty one that gets it. */
const and = <T>(list: readonly T[], one: T): readonly T[] => {
  if (list.length === 0) return [one];
  (list as T[]).push(one);
  return list;
};

/**
 * The rules that touch one request, asked scope by scope. Conditions are evaluated when they make a difference, and once.
 * It stands on the issuing path, where what is thrown away costs more than what is computed.
 */
export class RuleVerdicts {
  /** Rules without an answer, in the order they were met. */
  unanswered: readonly UnansweredRule[] = NONE;
  private denying: readonly CompiledRule[] = NONE;
  private obliging: readonly CompiledRule[] = NONE;
  /** Rules without a condition first: where they allow, no condition needs an answer. */
  private allowing: readonly CompiledRule[] = NONE;
  /** Those of which it is not known whether they touch the request. */
  private unsure: readonly CompiledRule[] = NONE;
  private answers: Map<CompiledRule, Answer> | undefined;
  private readonly bound: Record<string, unknown> = {};
  /** Of every scope, when no rule tells them apart. */
  private verdict: Verdict | undefined;
  private asksScope = false;

  constructor({ rules }: CompiledPolicy, private readonly request: AccessRequest) {
    let allowingIf: readonly CompiledRule[] = NONE;
    for (const one of rules) {
      const fit = this.counts(one) && touches(one.rule, request);
      if (fit === false) continue;
      if (fit === 'missing') this.unsure = and(this.unsure, one);
      this.asksScope ||= one.asksScope;
      const { effect } = one.rule;
      if (effect === 'deny') this.denying = and(this.denying, one);
      else if (effect !== 'allow') this.obliging = and(this.obliging, one);
      else if (one.condition) allowingIf = and(allowingIf, one);
      else this.allowing = and(this.allowing, one);
    }
    if (allowingIf.length > 0) this.allowing = [...this.allowing, ...allowingIf];
  }

  /** `undefined`: nothing in particular is asked for. */
  on(scope: string | undefined): Verdict {
    if (this.asksScope) return this.judge(scope);
    return (this.verdict ??= this.judge(scope));
  }

  private judge(scope: string | undefined): Verdict {
    // No answer counts as yes where yes means no.
    for (const one of this.denying) if (this.answer(one, scope) !== false) return { deniedBy: one.rule, needs: NONE, allowedBy: NONE };
    let obliging: readonly PolicyRule[] = NONE;
    for (const one of this.obliging) {
      const answer = this.answer(one, scope);
      if (answer === true) obliging = and(obliging, one.rule);
      else if (answer !== false) return { deniedBy: one.rule, needs: NONE, allowedBy: NONE };
    }
    const allowedBy = this.allowsOf(scope);
    if (allowedBy.length === 0 || obliging.length === 0) return { deniedBy: undefined, needs: NONE, allowedBy };
    const { met, deferred } = this.request;
    const isMet = (rule: PolicyRule): boolean => (met?.includes(obligationOf(rule)) ?? false) || (deferred?.includes(obligationOf(rule)) ?? false);
    return { deniedBy: undefined, needs: obliging.filter((rule) => !isMet(rule)), allowedBy: [...allowedBy, ...obliging.filter(isMet)] };
  }

  private allowsOf(scope: string | undefined): readonly PolicyRule[] {
    let allowing: readonly PolicyRule[] = NONE;
    for (const one of this.allowing) {
      if (one.condition && allowing.length > 0) break;
      if (this.answer(one, scope) === true) allowing = and(allowing, one.rule);
    }
    return allowing;
  }

  /** What was issued already met its obligations, and nobody can tell now what a rule about the manner would have said. */
  private counts({ rule, asksManner }: CompiledRule): boolean {
    return this.request.purpose === 'issue' || rule.effect === 'allow' || (rule.effect === 'deny' && !asksManner);
  }

  private answer(one: CompiledRule, scope: string | undefined): Answer {
    const about = isAbout(one.rule, this.request, scope);
    if (about === false) return false;
    const holds = this.conditionOf(one, scope);
    const answer = holds === true && (about === 'missing' || this.unsure.includes(one)) ? 'condition.missing' : holds;
    if (typeof answer === 'string' && !this.unanswered.some(({ ruleId }) => ruleId === one.rule.id))
      this.unanswered = and(this.unanswered, { ruleId: one.rule.id, problem: answer });
    return answer;
  }

  private conditionOf(compiled: CompiledRule, scope: string | undefined): Answer {
    if (compiled.condition === undefined) return true;
    const known = compiled.asksScope ? undefined : this.answers?.get(compiled);
    if (known !== undefined) return known;
    const answer = this.evaluate(compiled, scope);
    (this.answers ??= new Map()).set(compiled, answer);
    return answer;
  }

  /** As && of CEL: one false part is enough, whatever problem another has. */
  private evaluate({ condition }: CompiledRule, scope: string | undefined): Answer {
    if (condition === 'broken' || condition === undefined) return 'condition.error';
    this.bound['scope'] = scope;
    let answer: Answer = true;
    for (const part of condition.parts) {
      if (this.request.purpose === 'inspect' && mentionsSome(part, MANNER)) continue;
      const holds = part.holds(bindInputs(this.request, part.mentions, this.bound));
      if (holds === false) return false;
      if (holds !== true) answer = holds;
    }
    return answer;
  }
}
