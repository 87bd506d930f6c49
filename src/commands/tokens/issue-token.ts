import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { SigningKey } from '../../domain/key/key.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import type { AccessRequest } from '../../domain/policy/access-request.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import type { AllowedDecision } from '../../domain/policy/decision.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { SecretsUnavailable } from '../../domain/ports/secret-store.js';
import type { KnownResource } from '../../domain/resource/resource.decider.js';
import type { AccessTokenClaims } from '../../domain/token/access-token.js';
import { token } from '../../domain/token/token.decider.js';
import { rulesProblem } from '../../domain/trust/judge-token.js';
import type { TrustBook } from '../../domain/trust/trust.decider.js';
import { AccessFactsReader } from '../access-facts.js';
import { Reliance } from '../reliance.js';
import { HoldToken } from '../approvals/hold-token.js';
import { type Decided, decidedFields } from '../decided-fields.js';
import type { LiveEntry } from '../live-entry.js';
import { SigningKeys } from '../keys/signing-keys.js';
import { ShadowDecisions } from '../policies/shadow-decisions.js';
import { type Soon, allHere } from '../soon.js';
import { Write } from '../write.js';
import { type Issue, claimsOf, identityOf, issuedEvent } from './token-content.js';
import { type TokenOrder, agreedAt, attestedBy, endedBy, metOf, reliedOn, rulesOf, waiting } from './token-order.js';
import { TokenRefusals, told } from './token-refusals.js';

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
 * Admission (docs/architecture.md): decide on the live state, sign while the event is appended, and hand the token out only
 * when what it relied on still held at the event's own place in the log. Every grant ends here.
 */
@Injectable()
export class IssueToken {
  constructor(
    private readonly write: Write,
    private readonly reader: AccessFactsReader,
    private readonly keys: SigningKeys,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
    private readonly shadow: ShadowDecisions,
    private readonly holding: HoldToken,
    private readonly refusals: TokenRefusals,
  ) {}

  /**
   * Decides without issuing: grants that spend something (a code, a refresh token) ask first. Throws TokenRefused; undefined
   * when it is up to a person, whom `issue` asks.
   */
  async decide(order: TokenOrder, isSecondLook = false): Promise<AllowedDecision | undefined> {
    // A rule that is gone does not come back: no newer view could say otherwise.
    const book = this.book(order);
    const untrusted = book && this.untrusted(order, await book);
    if (untrusted) return this.refusals.refuse(order, untrusted);
    const request = this.request(order);
    const decision = decideAccess(request);
    if (decision.allowed) return waiting(order, decision) ? undefined : decision;
    // Once: where much is written there is always something new.
    if (!isSecondLook && (await this.reader.catchUp())) return this.decide({ ...order, facts: await this.reader.gather(order.facts.question) }, true);
    if (waiting(order, decision)) return undefined;
    return this.refusals.refuse(order, decision.reason, { request, decision });
  }

  /** As `decide`, for an order of which everything has to be allowed. Throws TokenRefused. */
  async decideExactly(order: TokenOrder): Promise<AllowedDecision> {
    const decision = (await this.decide(order))!;
    if (decision.denied.length === 0) return decision;
    return this.refusals.refuse(order, 'scope.none_allowed', { request: this.request(order), decision });
  }

  /** Throws TokenRefused after the refusal is recorded, ApprovalPending when a person has been asked, LedgerUnavailable when nothing could be recorded. */
  async issue(given: TokenOrder, attempts = MOST_ATTEMPTS): Promise<IssuedToken> {
    const order = this.reader.usable(given.facts) ? given : { ...given, facts: await this.reader.gather(given.facts.question) };
    const { facts, context } = order;
    const footing = this.footing(order);
    const [key, identityKey, family, book] = footing instanceof Promise ? await footing : footing;
    // From the decision to the append nothing is awaited: the revisions are those that were decided on.
    const request = this.request(order);
    const decision = decideAccess(request);
    if (!decision.allowed) {
      if (attempts > 1 && (await this.reader.catchUp())) return this.issue(order, attempts - 1);
      return waiting(order, decision) ? this.hold(order, { request, decision }) : this.refusals.refuse(order, decision.reason, { request, decision });
    }
    if (waiting(order, decision)) return this.hold(order, { request, decision });
    if (order.allScopes && decision.denied.length > 0) return this.refusals.refuse(order, 'scope.none_allowed', { request, decision });
    const endedNow = (): RefusalCode | undefined => endedBy(order, family, decision.scopes) ?? this.untrusted(order, book);
    const ended = endedNow();
    if (ended !== undefined) return this.refusals.refuse(order, ended);
    const reliance = new Reliance(reliedOn(order, family, book));
    const issue = this.particulars(order, key);
    const event = issuedEvent(order, { request, decision }, issue, this.crypto);
    const claims = claimsOf(order, decision, issue);
    const stillAllowed = (position: Position): RefusalCode | undefined => {
      // Signed by a key that was revoked meanwhile it is worth nothing; another signs the next attempt.
      if (!this.keys.isPublished(context.tenant, key.kid)) return 'conflict.concurrent';
      return reliance.problemAt(position, () => endedNow() ?? this.lostSince(order, decision, position));
    };
    // The link beside it, not after it: both are durable before the token leaves.
    const beside = order.derivedFrom && { stream: streams.token(issue.jti), event: token.decide({ type: 'DeriveToken', jti: issue.jti, agentId: event.data.agentId, parent: order.derivedFrom.parent }, token.initial)[0]! };
    const admitted = { stream: streams.activity(event.data.agentId), event, beside, context, relied: reliance.entries };
    const { checked, made } = await this.write.admit(admitted, stillAllowed, () => this.sign(order, claims, key, identityKey));
    if (checked || !made) return this.takeBack(order, issue, checked ?? 'conflict.concurrent', attempts);
    this.shadow.compare({ request, decision }, facts.question, context);
    const issued = { accessToken: made.accessToken, expiresIn: issue.expiresAt - issue.now, scopes: decision.scopes, jti: issue.jti };
    return made.idToken === undefined ? issued : { ...issued, idToken: made.idToken };
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
    if (held.is === 'refused') return this.refusals.refuse(order, held.reason, decided);
    if (held.is === 'pending') {
      await this.refusals.noteHeld(order, decided, held.pending.approvalId);
      throw held.pending;
    }
    return this.issue({ ...order, scopes, allScopes: true, approval: held.approval });
  }

  private request(order: TokenOrder, before?: Position): AccessRequest {
    const { facts, grantType, scopes, grantEpoch } = order;
    return this.reader.request(facts, { grantType, scopes, grantEpoch, agreedAt: agreedAt(order), met: metOf(order), attestedBy: attestedBy(order) }, before);
  }

  private book(order: TokenOrder): Soon<LiveEntry<TrustBook>> | undefined {
    return order.vouchedBy || order.clientVouchedBy ? this.reader.trust(order.context.tenant) : undefined;
  }

  private untrusted(order: TokenOrder, book: LiveEntry<TrustBook> | undefined): RefusalCode | undefined {
    return book && rulesProblem(book.state, rulesOf(order), this.clock.seconds());
  }

  private particulars({ facts, derivedFrom }: TokenOrder, { kid }: SigningKey): Issue {
    const now = this.clock.seconds();
    const { tokenLifetime } = facts.resource.state as KnownResource;
    return { jti: this.crypto.timedId('tok_', this.clock.now()), kid, now, expiresAt: Math.min(now + tokenLifetime, derivedFrom?.parent.expiresAt ?? Infinity) };
  }

  /** Undefined when a key was destroyed by now and signs nothing: what was recorded is voided, and another one signs the next attempt. */
  private sign(order: TokenOrder, claims: AccessTokenClaims, key: SigningKey, identityKey: SigningKey | undefined): { readonly accessToken: string; readonly idToken?: string } | undefined {
    try {
      const accessToken = this.keys.signAccessToken(order.context.tenant, key.kid, claims);
      if (!identityKey || !claims.scope.split(' ').includes('openid')) return { accessToken };
      return { accessToken, idToken: this.keys.signIdToken(identityKey.kid, identityOf(order, claims, this.crypto.halfSha256(accessToken))) };
    } catch (error) {
      if (error instanceof SecretsUnavailable) return undefined;
      throw error;
    }
  }

  /** Why a decision that was made before is another one at this place; undefined when nothing of it is lost. */
  private lostSince(order: TokenOrder, before: AllowedDecision, position: Position): RefusalCode | undefined {
    const again = decideAccess(this.request(order, position));
    if (!again.allowed) return again.reason;
    return before.scopes.every((scope) => again.scopes.includes(scope)) ? undefined : 'scope.none_allowed';
  }

  private async takeBack(order: TokenOrder, { jti }: Issue, reason: RefusalCode, attempts: number): Promise<IssuedToken> {
    const { agentId } = order.facts.question;
    await this.write.record(streams.activity(agentId), activityEvents.TokenVoided({ jti, agentId, reason }), order.context);
    // Nothing forbids it; it could not be told. Nobody's grant ends for that: at a place further on it can be.
    if (reason === 'conflict.concurrent' && attempts > 1) return this.issue(order, attempts - 1);
    throw told(reason, order.grantType);
  }
}
