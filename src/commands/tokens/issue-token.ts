import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { KnownAgent } from '../../domain/agent/agent.decider.js';
import type { KnownGrant } from '../../domain/grant/grant.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import type { AccessRequest } from '../../domain/policy/access-request.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import type { AllowedDecision } from '../../domain/policy/decision.js';
import { decisionInputs, decisionRecord } from '../../domain/policy/decision-record.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { KeyRing } from '../../domain/ports/key-ring.js';
import { SecretsUnavailable } from '../../domain/ports/secret-store.js';
import type { KnownResource } from '../../domain/resource/resource.decider.js';
import { type AccessTokenClaims, accessTokenClaims, firstParties } from '../../domain/token/access-token.js';
import { idTokenClaims } from '../../domain/token/id-token.js';
import { token } from '../../domain/token/token.decider.js';
import { rulesProblem } from '../../domain/trust/judge-token.js';
import type { TrustBook } from '../../domain/trust/trust.decider.js';
import { AccessFactsReader } from '../access-facts.js';
import { Reliance } from '../admission.js';
import { HoldToken } from '../approvals/hold-token.js';
import { type Decided, decidedFields } from '../decided-fields.js';
import type { LiveEntry } from '../live-entry.js';
import { SigningKeys } from '../keys/signing-keys.js';
import { ShadowDecisions } from '../policies/shadow-decisions.js';
import { RepeatedRefusals } from '../repeated-refusals.js';
import { type Soon, allHere } from '../soon.js';
import { Write } from '../write.js';
import { type RefusedOrder, type TokenOrder, agreedAt, endedBy, metOf, methodsOf, reliedOn, rulesOf, vouchersOf, waiting } from './token-order.js';
import { JWT_BEARER, type TokenError, TokenRefused, toldAs } from './token-refused.js';

export interface IssuedToken {
  readonly accessToken: string;
  /** When a person let the agent know who they are. */
  readonly idToken?: string;
  readonly expiresIn: number;
  readonly scopes: readonly string[];
  readonly jti: string;
}
const MOST_ATTEMPTS = 3;

/**
 * Admission (DESIGN section 5): decide on the live state, sign while the event is appended, and hand the token out only
 * when what it relied on still held at the event's own place in the log. Every grant ends here.
 */
@Injectable()
export class IssueToken {
  private readonly repeated = new RepeatedRefusals();

  constructor(
    private readonly write: Write,
    private readonly reader: AccessFactsReader,
    private readonly keys: SigningKeys,
    private readonly keyRing: KeyRing,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
    private readonly shadow: ShadowDecisions,
    private readonly holding: HoldToken,
  ) {}

  /**
   * Decides without issuing: grants that spend something (a code, a refresh token) ask first. Throws TokenRefused; undefined
   * when it is up to a person, whom `issue` asks.
   */
  async decide(order: TokenOrder, isSecondLook = false): Promise<AllowedDecision | undefined> {
    // A rule that is gone does not come back: no newer view could say otherwise.
    const book = this.book(order);
    const untrusted = book && this.untrusted(order, await book);
    if (untrusted) return this.refuse(order, untrusted);
    const request = this.request(order);
    const decision = decideAccess(request);
    if (decision.allowed) return waiting(order, decision) ? undefined : decision;
    // Once: where much is written there is always something new.
    if (!isSecondLook && (await this.reader.catchUp())) return this.decide({ ...order, facts: await this.reader.gather(order.facts.question) }, true);
    if (waiting(order, decision)) return undefined;
    return this.refuse(order, decision.reason, { request, decision });
  }

  /** As `decide`, for an order of which everything has to be allowed. Throws TokenRefused. */
  async decideExactly(order: TokenOrder): Promise<AllowedDecision> {
    const decision = (await this.decide(order))!;
    if (decision.denied.length === 0) return decision;
    return this.refuse(order, 'scope.none_allowed', { request: this.request(order), decision });
  }

  /** Throws TokenRefused after the refusal is recorded, ApprovalPending when a person has been asked, LedgerUnavailable when nothing could be recorded. */
  async issue(given: TokenOrder, attempts = MOST_ATTEMPTS): Promise<IssuedToken> {
    const order = this.reader.usable(given.facts) ? given : { ...given, facts: await this.reader.gather(given.facts.question) };
    const { facts } = order;
    const { agentId } = facts.question;
    const footing = this.footing(order);
    const [key, identityKey, family, book] = footing instanceof Promise ? await footing : footing;
    // From the decision to the append nothing is awaited: the revisions are those that were decided on.
    const request = this.request(order);
    const decision = decideAccess(request);
    if (!decision.allowed) {
      if (attempts > 1 && (await this.reader.catchUp())) return this.issue(order, attempts - 1);
      return waiting(order, decision) ? this.hold(order, { request, decision }) : this.refuse(order, decision.reason, { request, decision });
    }
    if (waiting(order, decision)) return this.hold(order, { request, decision });
    if (order.allScopes && decision.denied.length > 0) return this.refuse(order, 'scope.none_allowed', { request, decision });
    const endedNow = (): RefusalCode | undefined => endedBy(order, family, decision.scopes) ?? this.untrusted(order, book);
    const ended = endedNow();
    if (ended !== undefined) return this.refuse(order, ended);
    const resource = facts.resource.state as KnownResource;
    const jti = this.crypto.randomId('tok_');
    const now = this.clock.seconds();
    const reliance = new Reliance(reliedOn(order, family, book));
    const expiresAt = Math.min(now + resource.tokenLifetime, order.derivedFrom?.parent.expiresAt ?? Infinity);
    const event = this.event(order, { request, decision }, { jti, kid: key.kid, expiresAt });
    const stillAllowed = (position: Position): RefusalCode | undefined => {
      // Signed by a key that was revoked meanwhile it is worth nothing; another signs the next attempt.
      if (!this.keys.isPublished(order.context.tenant, key.kid)) return 'conflict.concurrent';
      return reliance.problemAt(position, () => {
        const endedSince = endedNow();
        if (endedSince !== undefined) return endedSince;
        const again = decideAccess(this.request(order, position));
        if (!again.allowed) return again.reason;
        return decision.scopes.every((scope) => again.scopes.includes(scope)) ? undefined : 'scope.none_allowed';
      });
    };
    const { clientId } = facts.agent.state as KnownAgent;
    const { subject, actors } = order.derivedFrom ?? firstParties(facts.question.principal, { agentId, clientId });
    const claims = accessTokenClaims({
      issuer: order.issuer, audience: resource.uri, subject, actors, mayAct: resource.operator, now, jti, agentId, clientId, expiresAt, scopes: decision.scopes,
      tenant: order.context.tenant, grantId: facts.grantId, grantEpoch: event.data.grantEpoch, authorizationId: order.authorization?.id,
      authTime: agreedAt(order), methods: methodsOf(order), authorizationDetails: order.approval?.authorizationDetails,
      trustRuleId: order.vouchedBy?.ruleId, clientTrustRuleId: order.clientVouchedBy?.ruleId, ...(order.grantType === JWT_BEARER ? { grantType: JWT_BEARER } : {}),
    });
    // A key that was destroyed by now signs nothing: what was recorded is voided, and another one signs the next attempt.
    const sign = () => unlessAway(() => {
      const accessToken = this.keys.signAccessToken(order.context.tenant, key.kid, claims);
      const isTold = identityKey && decision.scopes.includes('openid');
      return isTold ? { accessToken, idToken: this.keyRing.sign(identityKey.kid, 'JWT', this.identity(order, claims, accessToken)) } : { accessToken };
    });
    const admitted = this.write.admit(streams.activity(agentId), event, order.context, reliance.entries, stillAllowed, sign);
    // Beside it, not after it: both are durable before the token leaves, and that one stands without the other harms nobody.
    const derived = order.derivedFrom && this.write.begin(token, streams.token(jti), { type: 'DeriveToken', jti, agentId, parent: order.derivedFrom.parent }, order.context);
    const { checked, made } = await (derived ? Promise.all([admitted, derived]).then(([both]) => both) : admitted);
    if (checked || !made) {
      const reason = checked ?? 'conflict.concurrent';
      await this.write.record(streams.activity(agentId), activityEvents.TokenVoided({ jti, agentId, reason }), order.context);
      // Nothing forbids it; it could not be told. Nobody's grant ends for that: at a place further on it can be.
      if (reason === 'conflict.concurrent' && attempts > 1) return this.issue(order, attempts - 1);
      throw this.told(reason, order.grantType);
    }
    this.shadow.compare({ request, decision }, facts.question, order.context);
    return { ...made, expiresIn: expiresAt - now, scopes: decision.scopes, jti };
  }

  /** What it is signed with, and what it is looked at beside the facts: nearly always all of it is at hand. */
  private footing(order: TokenOrder) {
    const { facts, authorization, scopes, context: { tenant } } = order;
    const algorithm = facts.resource.state.status === 'unknown' ? 'ES256' : facts.resource.state.signingAlgorithm;
    return allHere([
      this.keys.active(tenant, algorithm),
      authorization && scopes.includes('openid') ? this.keys.active(tenant, 'ES256') : undefined,
      authorization && this.reader.family(tenant, authorization.id),
      this.book(order),
    ]);
  }

  /** What only a person can allow: asks them and throws ApprovalPending, or uses what they confirmed of exactly this. */
  private async hold(order: TokenOrder, { request, decision }: Decided): Promise<IssuedToken> {
    const decided = { request, decision, fields: decidedFields({ request, decision }, order.facts) };
    const scopes = waiting(order, decision)!;
    const held = await this.holding.hold(order, scopes, decision.ruleIds);
    if (held.is === 'refused') return this.refuse(order, held.reason, decided);
    if (held.is === 'pending') {
      await this.noteHeld(order, decided, held.pending.approvalId);
      throw held.pending;
    }
    return this.issue({ ...order, scopes, allScopes: true, approval: held.approval });
  }

  /** Records why not, once a minute where it costs nothing to be refused again; then throws what the client is told. */
  async refuse(order: RefusedOrder, reason: RefusalCode, decided?: Decided): Promise<never> {
    const told = this.told(reason, order.grantType);
    if (decided) this.shadow.compare(decided, order.facts.question, order.context);
    if (told instanceof Refusal || !this.isNews(order, reason)) throw told;
    await this.recordRefused(order, { error: told.error, reason }, decided);
    throw told;
  }

  private async recordRefused(order: RefusedOrder, why: { readonly error: TokenError; readonly reason: RefusalCode; readonly approvalId?: string }, decided?: Decided): Promise<void> {
    const { agentId, resourceId } = order.facts.question;
    await this.write.record(streams.activity(agentId), activityEvents.TokenRefused({
      agentId, grantType: order.grantType, ...why, resourceId, scopes: this.reader.recordable(order.facts, order.scopes),
      ...(order.authorization ? { authorizationId: order.authorization.id } : {}), ...(order.derivedFrom ? { parentJti: order.derivedFrom.parent.jti } : {}), ...vouchersOf(order),
      ...(decided ? decidedFields(decided, order.facts) : {}),
    }), order.context);
  }

  /** A decision like any other, though its client is not turned away for good; of one request the first in a minute. */
  private async noteHeld(order: TokenOrder, decided: Decided, approvalId: string): Promise<void> {
    this.shadow.compare(decided, order.facts.question, order.context);
    if (!this.repeated.isFirst([approvalId], this.clock.now())) return;
    await this.recordRefused(order, { error: 'authorization_pending', reason: 'policy.approval_required', approvalId }, decided);
  }

  /** An agent that proved who it is and has power of its own answers for each refusal; whoever holds an old code does not. */
  private isNews({ facts, authorization, context }: Pick<TokenOrder, 'facts' | 'authorization' | 'context'>, reason: RefusalCode): boolean {
    if (!authorization && reason !== 'agent.grant_type_not_allowed') return true;
    return this.repeated.isFirst([context.tenant, facts.question.agentId, authorization?.id ?? '', reason], this.clock.now());
  }

  private told(reason: RefusalCode, grantType: string): TokenRefused | Refusal {
    if (reason === 'conflict.concurrent') return new Refusal(reason, 'Too many changes at once; try again.');
    const { error, message } = toldAs(reason, grantType);
    return new TokenRefused(error, message, reason);
  }

  private request(order: TokenOrder, before?: Position): AccessRequest {
    const { facts, grantType, scopes, grantEpoch } = order;
    return this.reader.request(facts, { grantType, scopes, grantEpoch, agreedAt: agreedAt(order), met: metOf(order), attestedBy: order.vouchedBy?.platform }, before);
  }

  private book(order: TokenOrder): Soon<LiveEntry<TrustBook>> | undefined {
    return rulesOf(order).length > 0 ? this.reader.trust(order.context.tenant) : undefined;
  }

  private untrusted(order: TokenOrder, book: LiveEntry<TrustBook> | undefined): RefusalCode | undefined {
    return book && rulesProblem(book.state, rulesOf(order), this.clock.seconds());
  }

  private identity({ authorization }: TokenOrder, { iss, sub, client_id, iat }: AccessTokenClaims, accessToken: string) {
    const { authTime, methods, nonce } = authorization!;
    return idTokenClaims({
      issuer: iss, userId: sub, clientId: client_id, now: iat, authTime, methods, nonce, accessTokenHash: this.crypto.halfSha256(accessToken),
    });
  }

  private event(order: TokenOrder, { request, decision }: Decided<AllowedDecision>, token: { jti: string; kid: string; expiresAt: number }) {
    const { facts, authorization, derivedFrom, grantType } = order;
    const { agentId, principal, resourceId } = facts.question;
    const { epoch } = facts.grant.state as KnownGrant;
    const record = decisionRecord(request, decision, facts.relied);
    return activityEvents.TokenIssued({
      jti: token.jti, agentId, principal, resourceId, grantId: facts.grantId, grantEpoch: epoch, grantType,
      scopes: decision.scopes, denied: decision.denied, policyVersion: decision.policyVersion, ruleIds: decision.ruleIds,
      inputDigest: this.crypto.sha256(decisionInputs(record, grantType, request.scopes, facts.streams)), kid: token.kid, expiresAt: token.expiresAt,
      decision: record,
      ...(authorization ? { authorizationId: authorization.id, generation: authorization.generation } : {}),
      ...(derivedFrom ? { parentJti: derivedFrom.parent.jti, actors: derivedFrom.actors } : {}),
      ...vouchersOf(order),
      ...(order.approval ? { approvalId: order.approval.approvalId } : {}),
    });
  }
}

const unlessAway = <T>(make: () => T): T | undefined => {
  try {
    return make();
  } catch (error) {
    if (error instanceof SecretsUnavailable) return undefined;
    throw error;
  }
};
