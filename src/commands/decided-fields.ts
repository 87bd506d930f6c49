import { activityEvents } from '../domain/activity/activity.events.js';
import type { AccessRequest } from '../domain/policy/access-request.js';
import type { Decision, RefusedDecision } from '../domain/policy/decision.js';
import { decisionRecord } from '../domain/policy/decision-record.js';
import type { AccessFacts } from './access-facts.js';

/** A decision and what it was made on. */
export interface Decided<D extends Decision = Decision> {
  readonly request: AccessRequest;
  readonly decision: D;
  /** As it is to be recorded, where something is awaited before that: by then what was looked at may have moved on. */
  readonly fields?: DecidedFields;
}
type DecidedFields = ReturnType<typeof fieldsOf>;

/** What a refusal records of the decision that it comes from. */
export const decidedFields = (decided: Decided, facts: AccessFacts): DecidedFields => decided.fields ?? fieldsOf(decided, facts);

const fieldsOf = ({ request, decision }: Pick<Decided, 'request' | 'decision'>, { relied }: AccessFacts) => ({
  principal: request.principal, denied: decision.denied, ruleIds: decision.ruleIds,
  ...(decision.policyVersion === undefined ? {} : { policyVersion: decision.policyVersion }),
  decision: decisionRecord(request, decision, relied),
});

export const authorizationRefused = (facts: AccessFacts, decided: Decided<RefusedDecision>) => activityEvents.AuthorizationRefused({
  agentId: facts.question.agentId, reason: decided.decision.reason, resourceId: facts.question.resourceId, scopes: decided.request.scopes, ...decidedFields(decided, facts),
});
