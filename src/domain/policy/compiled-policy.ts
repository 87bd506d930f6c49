import { type Condition, ConditionInvalid, type ConditionPart, type Conditions } from '../ports/conditions.js';
import { Refusal } from '../kernel/refusal.js';
import { VOCABULARY } from './condition-inputs.js';
import type { PolicyDocument } from './policy-document.js';
import { differsByManner, differsByScope } from './rule-fits.js';
import type { PolicyRule } from './rule-shape.js';

export interface CompiledRule {
  readonly rule: PolicyRule;
  /** 'broken': this engine can't read the condition any more; it has no answer then. */
  readonly condition: Condition | 'broken' | undefined;
  /** The answer depends on which scope is asked about. */
  readonly asksScope: boolean;
  /** It depends on how something is issued. */
  readonly asksManner: boolean;
}
export interface CompiledPolicy {
  readonly rules: readonly CompiledRule[];
  /** Some condition looks at what was issued before. */
  readonly usesHistory: boolean;
}

/** What a condition can say about how something is issued. */
export const MANNER: readonly string[] = ['history', 'grant_type', 'attested_by'];
export const mentionsSome = (part: ConditionPart, names: readonly string[]): boolean => names.some((name) => part.mentions.has(name));

const compiled = new WeakMap<Conditions, WeakMap<PolicyDocument, CompiledPolicy>>();

/** The document with its conditions compiled, once for each engine. */
export const compiledPolicy = (document: PolicyDocument, conditions: Conditions): CompiledPolicy => {
  const ofEngine = compiled.get(conditions) ?? new WeakMap<PolicyDocument, CompiledPolicy>();
  compiled.set(conditions, ofEngine);
  const known = ofEngine.get(document);
  if (known) return known;
  const rules = document.rules.map((rule) => compileRule(rule, conditions));
  const policy = { rules, usesHistory: rules.some(({ condition }) => mentions(condition, ['history'])) };
  ofEngine.set(document, policy);
  return policy;
};

/** Throws Refusal('policy.invalid') naming the rule whose condition can't be one. */
export const checkConditions = ({ rules }: PolicyDocument, conditions: Conditions): void => {
  for (const [n, { condition }] of rules.entries()) {
    try {
      if (condition !== undefined) conditions.compile(condition, VOCABULARY);
    } catch (error) {
      if (!(error instanceof ConditionInvalid)) throw error;
      throw new Refusal('policy.invalid', `The policy document is not valid: rules[${n}].condition: ${error.message}.`);
    }
  }
};

const mentions = (condition: CompiledRule['condition'], names: readonly string[]): boolean =>
  condition !== undefined && condition !== 'broken' && condition.parts.some((part) => mentionsSome(part, names));

const compileRule = (rule: PolicyRule, conditions: Conditions): CompiledRule => {
  const condition = compileCondition(rule, conditions);
  return {
    rule, condition,
    asksScope: differsByScope(rule) || mentions(condition, ['scope']),
    asksManner: differsByManner(rule) || mentions(condition, MANNER),
  };
};

const compileCondition = ({ condition }: PolicyRule, conditions: Conditions): CompiledRule['condition'] => {
  if (condition === undefined) return undefined;
  try {
    return conditions.compile(condition, VOCABULARY);
  } catch {
    return 'broken';
  }
};
