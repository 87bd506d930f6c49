import type { KnownGrant } from '../grant/grant.decider.js';
import { hasLostTrust, isResting } from '../grant/resting.js';
import type { RefusalCode } from '../kernel/refusal.js';
import { isIdentityScope } from '../token/identity-scopes.js';
import { type AccessRequest, isConnection } from './access-request.js';
import { compiledPolicy } from './compiled-policy.js';
import type { Decision, DeniedScope, Obligation } from './decision.js';
import type { PolicyRule } from './rule-shape.js';
import { RuleVerdicts, type Verdict, obligationOf } from './rule-verdicts.js';
import { standingProblem } from './standing-problem.js';

/**
 * The one decision. Called by every path that shows a consent page, issues a code or a token or opens a credential, and
 * once more at the event's own place in the log. Pure: the same inputs always give the same answer. Scopes are decided one
 * by one; deny wins, an obligation that is not met holds up what is allowed, and where no rule allows, nothing is.
 */
export const decideAccess = (request: AccessRequest): Decision => {
  const { active } = request.policy;
  const problem = standingProblem(request);
  if (problem || !active) return { ...(active && { policyVersion: active.version, policyDigest: active.digest }), ...NOTHING, allowed: false, reason: problem ?? 'policy.missing' };
  const rules = new RuleVerdicts(compiledPolicy(active.document, request.conditions), request);
  const scopes: readonly (string | undefined)[] = request.scopes.length > 0 ? distinct(request.scopes) : NOTHING_ASKED;
  const outcomes = scopes.map((scope) => outcomeOf(request, rules.on(scope), scope));
  const areAllAllowed = outcomes.every(isAllowed);
  const allowed = areAllAllowed ? outcomes : outcomes.filter(isAllowed);
  const refused = areAllAllowed ? NO_OUTCOMES : outcomes.filter((one) => !isAllowed(one));
  const [policyVersion, policyDigest, unanswered] = [active.version, active.digest, rules.unanswered];
  const [denied, obligations] = [deniedOf(refused), obligationsOf(refused)];
  const ruleIds = idsOf(allowed.length > 0 ? allowed : refused);
  if (allowed.length > 0) return { allowed: true, scopes: scopesOf(allowed), denied, policyVersion, policyDigest, ruleIds, obligations, unanswered };
  return { allowed: false, reason: reasonOf(outcomes, rules), denied, policyVersion, policyDigest, ruleIds, obligations, unanswered };
};

const NOTHING = { denied: [], ruleIds: [], obligations: [], unanswered: [] };
const NOTHING_ASKED = [undefined];
/** Without a Set where there is little: it costs more than the whole decision. */
const FEW = 8;
const distinct = (words: readonly string[]): readonly string[] => {
  if (words.length > FEW) return [...new Set(words)];
  return words.length === 1 ? words : words.filter((word, n) => words.indexOf(word) === n);
};
const NO_OUTCOMES: readonly Outcome[] = [];
const OBLIGED = { mfa: 'policy.mfa_required', approval: 'policy.approval_required' } as const;
const NO_RULE = 'no_rule_allows';
const TRUST_ENDED = 'grant.trust_ended';

/** What becomes of one scope; `reason` is absent when it is allowed. */
interface Outcome {
  readonly scope: string | undefined;
  readonly reason?: string;
  /** The rule that denies. */
  readonly rule?: string;
  readonly verdict: Verdict;
}

/** Who somebody is can be told of a person only, with whatever resource the token is for. */
const knows = (target: AccessRequest['target'], user: AccessRequest['user'], scope: string): boolean =>
  target.status !== 'unknown' && (target.scopes.some(({ name }) => name === scope) || (user !== undefined && !isConnection(target) && isIdentityScope(scope)));

const outcomeOf = ({ target, grant, user, trust, now }: AccessRequest, verdict: Verdict, scope: string | undefined): Outcome => {
  const no = (reason: string, rule?: string): Outcome => ({ scope, verdict, reason, ...(rule === undefined ? {} : { rule }) });
  if (verdict.deniedBy) return no('policy.denied', verdict.deniedBy.id);
  if (verdict.allowedBy.length === 0) return no(NO_RULE);
  if (scope === undefined && !isConnection(target)) return no('scope.none_allowed');
  if (scope !== undefined && !knows(target, user, scope)) return no(isConnection(target) ? 'connection.scope_unknown' : 'resource.scope_unknown');
  if (scope !== undefined && typeof grant === 'object' && grant.status !== 'none' && !grant.scopes.includes(scope)) return no('grant.scope_missing');
  if (scope !== undefined && typeof grant === 'object' && isResting(grant) && hasLostTrust((grant as KnownGrant).restsOn, scope, trust, now)) return no(TRUST_ENDED);
  if (verdict.needs.length === 0) return { scope, verdict };
  // A person proves who they are before anybody asks them to confirm.
  return no(verdict.needs.some((rule) => obligationOf(rule) === 'mfa') ? OBLIGED.mfa : OBLIGED.approval);
};

const isObliged = ({ reason }: Outcome): boolean => reason === OBLIGED.mfa || reason === OBLIGED.approval;

const isAllowed = ({ reason }: Outcome): boolean => reason === undefined;
const scopesOf = (outcomes: readonly Outcome[]): readonly string[] => (outcomes[0]?.scope === undefined ? [] : outcomes.map(({ scope }) => scope!));
const deniedOf = (refused: readonly Outcome[]): readonly DeniedScope[] =>
  refused.length === 0 ? NOTHING.denied : refused.flatMap(({ scope, reason, rule }) => (scope === undefined ? [] : [{ scope, reason: rule ?? reason! }]));

const obligationsOf = (refused: readonly Outcome[]): readonly Obligation[] => {
  const obliged = refused.filter(isObliged);
  if (obliged.length === 0) return NOTHING.obligations;
  return (['mfa', 'approval'] as const).flatMap((kind) => {
    const isOfKind = (rule: PolicyRule): boolean => obligationOf(rule) === kind;
    const needing = obliged.filter(({ verdict }) => verdict.needs.some(isOfKind));
    const rules = needing.flatMap(({ verdict }) => verdict.needs.filter(isOfKind));
    return needing.length === 0 ? [] : [{ kind, scopes: scopesOf(needing), ruleIds: [...new Set(rules.map(({ id }) => id))] }];
  });
};

/** The rules that made the difference. */
const idsOf = (outcomes: readonly Outcome[]): readonly string[] => {
  const [first, ...others] = outcomes;
  if (first && others.every(({ verdict, reason }) => verdict === first.verdict && reason === first.reason)) return rulesOf(first).map(({ id }) => id);
  return distinct(outcomes.flatMap((one) => rulesOf(one).map(({ id }) => id)));
};
const rulesOf = (one: Outcome): readonly PolicyRule[] => {
  const { deniedBy, needs, allowedBy } = one.verdict;
  if (isAllowed(one)) return allowedBy;
  if (deniedBy) return [deniedBy];
  return isObliged(one) ? needs : [];
};

const reasonOf = (outcomes: readonly Outcome[], { unanswered }: RuleVerdicts): RefusalCode => {
  const reasons = outcomes.map(({ reason }) => reason);
  if (reasons.includes(OBLIGED.mfa)) return OBLIGED.mfa;
  if (reasons.includes(OBLIGED.approval)) return OBLIGED.approval;
  const isUnsure = ({ reason, rule }: Outcome): boolean => (rule === undefined ? reason === NO_RULE && unanswered.length > 0 : unanswered.some(({ ruleId }) => ruleId === rule));
  if (outcomes.some(isUnsure)) return 'policy.error';
  if (reasons.some((reason) => reason === 'policy.denied' || reason === NO_RULE)) return 'policy.denied';
  return reasons.includes(TRUST_ENDED) ? TRUST_ENDED : 'scope.none_allowed';
};
