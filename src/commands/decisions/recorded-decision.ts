import type { ActivityEvent, activityEvents } from '../../domain/activity/activity.events.js';
import type { AuthorizationEvent } from '../../domain/authorization/authorization.events.js';
import type { Principal } from '../../domain/grant/principal.js';
import type { RecordedEvent } from '../../domain/kernel/event.js';
import type { DataOf } from '../../domain/kernel/fields.js';
import type { DeniedScope } from '../../domain/policy/decision.js';
import type { decisionFields } from '../../domain/policy/decision-record.js';
import { BEYOND_CREDENTIAL } from '../credentials/lend-order.js';

/** A decision as the ledger has it. */
export interface RecordedDecision {
  readonly event: RecordedEvent;
  readonly agentId: string;
  readonly principal: Principal;
  /** Id of the resource or connection. */
  readonly targetId: string;
  readonly grantType: string;
  /** What was asked for, as far as it was decided on. */
  readonly asked: readonly string[];
  /** What was given; undefined when it was refused, by the decision or by something else. */
  readonly given: readonly string[] | undefined;
  readonly denied: readonly DeniedScope[];
  readonly policyVersion: number | undefined;
  /** Undefined in events of before decisions were recorded with what they were made on. */
  readonly basis: DataOf<typeof decisionFields> | undefined;
  readonly ruleIds: readonly string[];
  readonly grantEpoch: number | undefined;
  readonly authorizationId: string | undefined;
  /** Of what it was made on; refusals have none. */
  readonly inputDigest: string | undefined;
}

/** Where recorded decisions stand. */
export const DECISION_STREAMS: readonly string[] = ['activity-', 'authorization-'];

/** 'unknown': a decision, but recorded by a version of Mandate that did not tell enough to make it again. Undefined: none. */
export const recordedDecision = (event: RecordedEvent): RecordedDecision | 'unknown' | undefined => {
  const { type, data } = event as unknown as ActivityEvent | AuthorizationEvent;
  switch (type) {
    case 'TokenIssued':
      return { ...issued(event, data), principal: data.principal, targetId: data.resourceId, grantType: data.grantType, authorizationId: data.authorizationId };
    case 'CredentialLent':
      return data.decision ? lent(event, data) : 'unknown';
    case 'CodeIssued': {
      if (!data.decision) return 'unknown';
      const { denied = [], ruleIds = [] } = data;
      return { ...issued(event, { ...data, denied, ruleIds }), principal: data.principal, targetId: data.resourceId, grantType: 'authorization_code', authorizationId: undefined };
    }
    case 'CredentialLendRefused': {
      const { decision, principal, connectionId, denied = [], ruleIds = [], scopes = [], agentId, policyVersion, grantType } = data;
      if (!decision || grantType === undefined) return data.denied ? 'unknown' : undefined;
      return {
        event, agentId, principal, targetId: connectionId, grantType, asked: scopes, given: undefined,
        denied, policyVersion, basis: decision, ruleIds, grantEpoch: decision.grantEpoch, authorizationId: undefined, inputDigest: undefined,
      };
    }
    case 'TokenRefused':
    case 'AuthorizationRefused': {
      const { decision, principal, resourceId, denied = [], ruleIds = [], scopes = [], agentId, policyVersion } = data;
      // Refused by the protocol, before anything was decided; or recorded when less was told.
      if (!decision || !principal || resourceId === undefined) return data.denied ? 'unknown' : undefined;
      return {
        event, agentId, principal, targetId: resourceId, grantType: type === 'TokenRefused' ? data.grantType : 'authorization_code', asked: scopes, given: undefined,
        denied, policyVersion, basis: decision, ruleIds, grantEpoch: decision.grantEpoch, authorizationId: undefined, inputDigest: undefined,
      };
    }
    default:
      return undefined;
  }
};

interface Issued {
  readonly agentId: string;
  readonly grantEpoch: number;
  readonly scopes: readonly string[];
  readonly denied: readonly DeniedScope[];
  readonly ruleIds: readonly string[];
  readonly policyVersion?: number;
  readonly decision?: RecordedDecision['basis'];
  readonly inputDigest?: string;
}
const issued = (event: RecordedEvent, { agentId, grantEpoch, scopes, denied, ruleIds, policyVersion, decision, inputDigest }: Issued) => ({
  event, agentId, grantEpoch, asked: [...scopes, ...denied.map(({ scope }) => scope)], given: scopes, denied, ruleIds, policyVersion, basis: decision, inputDigest,
});

/** A loan tells of the decision and of what the credential could do of it; the decision gave both. */
const lent = (event: RecordedEvent, data: DataOf<typeof activityEvents.CredentialLent.fields>): RecordedDecision => {
  const beyond = data.denied.filter(({ reason }) => reason === BEYOND_CREDENTIAL).map(({ scope }) => scope);
  const denied = data.denied.filter(({ reason }) => reason !== BEYOND_CREDENTIAL);
  const given = [...data.scopes, ...beyond].sort();
  const asked = [...given, ...denied.map(({ scope }) => scope)].sort();
  return { ...issued(event, { ...data, denied }), given, asked, principal: data.principal, targetId: data.connectionId, grantType: data.grantType, authorizationId: undefined };
};
