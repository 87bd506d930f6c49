import type { AccessRequest } from './access-request.js';
import { type CompiledRule, compiledPolicy } from './compiled-policy.js';
import { bindInputs } from './condition-inputs.js';
import { isAbout, touches } from './rule-fits.js';
import type { Effect, PolicyRule, Selectors } from './rule-shape.js';

export interface RuleExplanation {
  readonly ruleId: string;
  readonly effect: Effect;
  /** Scopes that the rule applies to; one empty text where no scope was asked for. */
  readonly appliesTo: readonly string[];
  /** What does not fit or has no answer, by scope where it differs: members of the rule, its exception, parts of its condition. */
  readonly because: readonly string[];
}

/** What each rule of the active policy says to the request, and why not. For people: the decision itself is made elsewhere. */
export const explainRules = (request: AccessRequest): readonly RuleExplanation[] => {
  const { active } = request.policy;
  return active ? compiledPolicy(active.document, request.conditions).rules.map((one) => explainRule(one, request)) : [];
};

const explainRule = (one: CompiledRule, request: AccessRequest): RuleExplanation => {
  const appliesTo: string[] = [];
  const because = new Set<string>();
  for (const scope of request.scopes.length === 0 ? [undefined] : request.scopes) {
    const obstacles = [...differing(one.rule, request, scope), ...unless(one.rule, request, scope), ...falseParts(one, request, scope)];
    if (obstacles.length === 0) appliesTo.push(scope ?? '');
    for (const obstacle of obstacles) because.add(obstacle);
  }
  return { ruleId: one.rule.id, effect: one.rule.effect, appliesTo, because: [...because] };
};

/** Each member as a rule of its own; a resource and a connection are one question. */
const membersOf = (selectors: Selectors): readonly (readonly [string, Selectors])[] =>
  Object.entries(selectors as Record<string, Record<string, unknown>>).filter(([group]) => group === 'agents' || group === 'principals' || group === 'targets')
    .flatMap(([group, members]) => Object.keys(members).flatMap((member): (readonly [string, Selectors])[] => {
      if (member === 'connections' && members['resources']) return [];
      const alone = member === 'resources' && members['connections'] ? { resources: members['resources'], connections: members['connections'] } : { [member]: members[member] };
      return [[`${group}.${member}`, { [group]: alone }]];
    }));

const fitOf = (selectors: Selectors, request: AccessRequest, scope: string | undefined): boolean | 'missing' => {
  const alone = { id: '', effect: 'deny', ...selectors } as PolicyRule;
  const touching = touches(alone, request);
  return touching === true ? isAbout(alone, request, scope) : touching;
};

const differing = (rule: PolicyRule, request: AccessRequest, scope: string | undefined): readonly string[] =>
  membersOf(rule).flatMap(([name, selectors]) => {
    const fit = fitOf(selectors, request, scope);
    if (fit === true) return [];
    return fit === 'missing' ? [`${name} (condition.missing)`] : [name];
  });

const unless = ({ unless: exception }: PolicyRule, request: AccessRequest, scope: string | undefined): readonly string[] => {
  if (!exception) return [];
  const fits = membersOf(exception).map(([name, selectors]) => [name, fitOf(selectors, request, scope)] as const);
  if (fits.some(([, fit]) => fit === false)) return [];
  const names = fits.map(([name]) => name).join(', ');
  return [fits.some(([, fit]) => fit === 'missing') ? `unless ${names} (condition.missing)` : `unless ${names}`];
};

const falseParts = ({ condition }: CompiledRule, request: AccessRequest, scope: string | undefined): readonly string[] => {
  if (condition === undefined) return [];
  if (condition === 'broken') return ['condition (condition.error)'];
  return condition.parts.flatMap((part) => {
    const holds = part.holds(bindInputs(request, part.mentions, { scope }));
    if (holds === true) return [];
    return holds === false ? [part.text] : [`${part.text} (${holds})`];
  });
};
