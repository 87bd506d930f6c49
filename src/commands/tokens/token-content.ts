import { activityEvents } from '../../domain/activity/activity.events.js';
import type { KnownAgent } from '../../domain/agent/agent.decider.js';
import type { KnownGrant } from '../../domain/grant/grant.decider.js';
import type { AllowedDecision } from '../../domain/policy/decision.js';
import { decisionInputs, decisionRecord } from '../../domain/policy/decision-record.js';
import type { Crypto } from '../../domain/ports/crypto.js';
import type { KnownResource } from '../../domain/resource/resource.decider.js';
import { type AccessTokenClaims, accessTokenClaims, firstParties } from '../../domain/token/access-token.js';
import { type IdTokenClaims, idTokenClaims } from '../../domain/token/id-token.js';
import type { Decided } from '../decided-fields.js';
import { type TokenOrder, agreedAt, methodsOf, vouchersOf } from './token-order.js';
import { JWT_BEARER } from './token-refused.js';

/** What is decided about a token beside what it may do. */
export interface Issue {
  readonly jti: string;
  readonly kid: string;
  readonly now: number;
  readonly expiresAt: number;
}

/** An issuance as it stands in the ledger, with the decision that allowed it. */
export const issuedEvent = (order: TokenOrder, { request, decision }: Decided<AllowedDecision>, { jti, kid, expiresAt }: Issue, crypto: Crypto) => {
  const { facts, authorization, derivedFrom, approval, grantType } = order;
  const { agentId, principal, resourceId } = facts.question;
  const { epoch } = facts.grant.state as KnownGrant;
  const record = decisionRecord(request, decision, facts.relied);
  const issued = {
    jti, agentId, principal, resourceId, grantId: facts.grantId, grantEpoch: epoch, grantType,
    scopes: decision.scopes, denied: decision.denied, policyVersion: decision.policyVersion, ruleIds: decision.ruleIds,
    inputDigest: crypto.sha256(decisionInputs(record, grantType, request.scopes, facts.streams)), kid, expiresAt,
    decision: record,
  };
  // Nearly all tokens have no more than that.
  if (!authorization && !derivedFrom && !approval && !order.vouchedBy && !order.clientVouchedBy) return activityEvents.TokenIssued(issued);
  return activityEvents.TokenIssued({
    ...issued,
    ...(authorization ? { authorizationId: authorization.id, generation: authorization.generation } : {}),
    ...(derivedFrom ? { parentJti: derivedFrom.parent.jti, actors: derivedFrom.actors } : {}),
    ...vouchersOf(order),
    ...(approval ? { approvalId: approval.approvalId } : {}),
  });
};

/** What the token says. */
export const claimsOf = (order: TokenOrder, { scopes }: AllowedDecision, { jti, now, expiresAt }: Issue): AccessTokenClaims => {
  const { facts, context, authorization, approval, vouchedBy, clientVouchedBy, grantType } = order;
  const { agentId, principal } = facts.question;
  const { clientId } = facts.agent.state as KnownAgent;
  const { uri, operator } = facts.resource.state as KnownResource;
  const { subject, actors } = order.derivedFrom ?? firstParties(principal, { agentId, clientId });
  return accessTokenClaims({
    issuer: order.issuer, audience: uri, subject, actors, mayAct: operator, now, jti, agentId, clientId, expiresAt, scopes,
    tenant: context.tenant, grantId: facts.grantId, grantEpoch: (facts.grant.state as KnownGrant).epoch, authorizationId: authorization?.id,
    authTime: agreedAt(order), methods: methodsOf(order), authorizationDetails: approval?.authorizationDetails,
    trustRuleId: vouchedBy?.ruleId, clientTrustRuleId: clientVouchedBy?.ruleId, grantType: grantType === JWT_BEARER ? JWT_BEARER : undefined,
  });
};

/** What the ID token says that is given with an access token. */
export const identityOf = ({ authorization }: TokenOrder, { iss, sub, client_id, iat }: AccessTokenClaims, accessTokenHash: string): IdTokenClaims => {
  const { authTime, methods, nonce } = authorization!;
  return idTokenClaims({ issuer: iss, userId: sub, clientId: client_id, now: iat, authTime, methods, nonce, accessTokenHash });
};
