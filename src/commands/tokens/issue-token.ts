import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { KnownAgent } from '../../domain/agent/agent.decider.js';
import type { Authorization } from '../../domain/authorization/authorization.decider.js';
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
import type { KnownResource } from '../../domain/resource/resource.decider.js';
import { type AccessTokenClaims, accessTokenClaims, firstParties } from '../../domain/token/access-token.js';
import type { Actors } from '../../domain/token/delegation.js';
import { idTokenClaims } from '../../domain/token/id-token.js';
import { token } from '../../domain/token/token.decider.js';
import type { Issuance } from '../../domain/token/token.events.js';
import { metBy } from '../../domain/user/authentication.js';
import { type AccessFacts, AccessFactsReader } from '../access-facts.js';
import { Reliance } from '../admission.js';
import type { CommandContext } from '../command-context.js';
import { type Decided, decidedFields } from '../decided-fields.js';
import type { LiveEntry } from '../live-entry.js';
import { SigningKeys } from '../keys/signing-keys.js';
import { ShadowDecisions } from '../policies/shadow-decisions.js';
import { RepeatedRefusals } from '../repeated-refusals.js';
import { Write } from '../write.js';
import { TokenRefused, toldAs } from './token-refused.js';

export interface TokenOrder {
  readonly issuer: string;
  readonly grantType: string;
  readonly facts: AccessFacts;
  readonly scopes: readonly string[];
  readonly grantEpoch: number | undefined;
  readonly context: CommandContext;
  readonly authorization?: { readonly id: string; readonly generation: number; readonly authTime: number; readonly methods: readonly string[]; readonly nonce?: string | undefined };
  /** Whether each of the scopes has to be allowed, or those count that are. */
  readonly allScopes?: boolean;
  /** The token that this one is made from: it holds no longer than that one, and on the authority of the same subject. */
  readonly derivedFrom?: {
    readonly parent: Issuance; readonly subject: string; readonly actors: Actors; readonly methods: readonly string[] | undefined;
    readonly relied: readonly LiveEntry[];
    /** Why a token with these scopes can't be made from it, as things stand at the moment. */
    problem(scopes: readonly string[]): RefusalCode | undefined;
  };
}
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
  ) {}

  /** Decides without issuing: grants that spend something (a code, a refresh token) ask first. Throws TokenRefused. */
  async decide(order: TokenOrder, isSecondLook = false): Promise<AllowedDecision> {
    const request = this.request(order);
    const decision = decideAccess(request);
    if (decision.allowed) return decision;
    // Once: where much is written there is always something new.
    if (!isSecondLook && (await this.reader.catchUp())) return this.decide({ ...order, facts: await this.reader.gather(order.facts.question) }, true);
    return this.refuse(order, decision.reason, { request, decision });
  }

  /** Throws TokenRefused after the refusal is recorded, LedgerUnavailable when nothing could be recorded. */
  async issue(order: TokenOrder, attempts = MOST_ATTEMPTS): Promise<IssuedToken> {
    if (this.reader.usable(order.facts)) return this.admit(order, attempts);
    return this.admit({ ...order, facts: await this.reader.gather(order.facts.question) }, attempts);
  }

  private async admit(order: TokenOrder, attempts: number): Promise<IssuedToken> {
    const { facts } = order;
    const { agentId } = facts.question;
    const algorithm = facts.resource.state.status === 'unknown' ? 'ES256' : facts.resource.state.signingAlgorithm;
    const key = await this.keys.active(order.context.tenant, algorithm);
    const identityKey = order.authorization && order.scopes.includes('openid') ? await this.keys.active(order.context.tenant, 'ES256') : undefined;
    const family = order.authorization && (await this.reader.family(order.context.tenant, order.authorization.id));
    // From the decision to the append nothing is awaited: the revisions are those that were decided on.
    const request = this.request(order);
    const decision = decideAccess(request);
    if (!decision.allowed) {
      if (attempts > 1 && (await this.reader.catchUp())) return this.issue(order, attempts - 1);
      return this.refuse(order, decision.reason, { request, decision });
    }
    if (order.allScopes && decision.denied.length > 0) return this.refuse(order, 'scope.none_allowed', { request, decision });
    const ended = endedBy(order, family, decision.scopes);
    if (ended !== undefined) return this.refuse(order, ended);
    const resource = facts.resource.state as KnownResource;
    const jti = this.crypto.randomId('tok_');
    const now = this.clock.seconds();
    const reliance = new Reliance(family || order.derivedFrom ? [...facts.relied, ...(family ? [family as LiveEntry] : []), ...(order.derivedFrom?.relied ?? [])] : facts.relied);
    const expiresAt = Math.min(now + resource.tokenLifetime, order.derivedFrom?.parent.expiresAt ?? Infinity);
    const event = this.event(order, { request, decision }, { jti, kid: key.kid, expiresAt });
    const stillAllowed = (position: Position): RefusalCode | undefined => {
      // Signed by a key that was revoked meanwhile it is worth nothing; another signs the next attempt.
      if (!this.keys.isPublished(order.context.tenant, key.kid)) return 'conflict.concurrent';
      return reliance.problemAt(position, () => {
        const endedSince = endedBy(order, family, decision.scopes);
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
      authTime: agreedAt(order), methods: methodsOf(order),
    });
    const sign = () => {
      const accessToken = this.keyRing.sign(key.kid, 'at+jwt', claims);
      const isTold = identityKey && decision.scopes.includes('openid');
      return isTold ? { accessToken, idToken: this.keyRing.sign(identityKey.kid, 'JWT', this.identity(order, claims, accessToken)) } : { accessToken };
    };
    const admitted = this.write.admit(streams.activity(agentId), event, order.context, reliance.entries, stillAllowed, sign);
    // Beside it, not after it: both are durable before the token leaves, and that one stands without the other harms nobody.
    const derived = order.derivedFrom && this.write.to(token, streams.token(jti), { type: 'DeriveToken', jti, agentId, parent: order.derivedFrom.parent }, order.context);
    const [{ checked, made }] = await Promise.all([admitted, derived]);
    if (checked) {
      await this.write.record(streams.activity(agentId), activityEvents.TokenVoided({ jti, agentId, reason: checked }), order.context);
      // Nothing forbids it; it could not be told. Nobody's grant ends for that: at a place further on it can be.
      if (checked === 'conflict.concurrent' && attempts > 1) return this.issue(order, attempts - 1);
      throw this.told(checked, order.grantType);
    }
    this.shadow.compare({ request, decision }, facts.question, order.context);
    return { ...made, expiresIn: expiresAt - now, scopes: decision.scopes, jti };
  }

  /** Records why not, once a minute where it costs nothing to be refused again; then throws what the client is told. */
  async refuse(order: Pick<TokenOrder, 'facts' | 'grantType' | 'context' | 'scopes' | 'authorization'>, reason: RefusalCode, decided?: Decided): Promise<never> {
    const { agentId, resourceId } = order.facts.question;
    const told = this.told(reason, order.grantType);
    if (decided) this.shadow.compare(decided, order.facts.question, order.context);
    if (told instanceof Refusal || !this.isNews(order, reason)) throw told;
    await this.write.record(streams.activity(agentId), activityEvents.TokenRefused({
      agentId, grantType: order.grantType, error: told.error, reason, resourceId, scopes: this.reader.recordable(order.facts, order.scopes),
      ...(order.authorization ? { authorizationId: order.authorization.id } : {}),
      ...(decided ? decidedFields(decided, order.facts) : {}),
    }), order.context);
    throw told;
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
    return this.reader.request(facts, { grantType, scopes, grantEpoch, agreedAt: agreedAt(order), met: metBy(methodsOf(order)) }, before);
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
      ...(authorization ? { authorizationId: authorization.id, generation: authorization.generation } : {}),
      ...(derivedFrom ? { parentJti: derivedFrom.parent.jti, actors: derivedFrom.actors } : {}),
      scopes: decision.scopes, denied: decision.denied, policyVersion: decision.policyVersion, ruleIds: decision.ruleIds,
      inputDigest: this.crypto.sha256(decisionInputs(record, grantType, request.scopes, facts.streams)), kid: token.kid, expiresAt: token.expiresAt,
      decision: record,
    });
  }
}

/** When the person agreed; undefined when the agent acts for itself. */
const agreedAt = ({ authorization, derivedFrom }: TokenOrder): number | undefined => authorization?.authTime ?? derivedFrom?.parent.authTime;

/** How the person signed in; refresh and exchange add nothing to it (SU-08). */
const methodsOf = ({ authorization, derivedFrom }: TokenOrder): readonly string[] | undefined => authorization?.methods ?? derivedFrom?.methods;

/** Why what the token is issued into, or made from, has ended. */
const endedBy = ({ derivedFrom }: TokenOrder, family: LiveEntry<Authorization> | undefined, scopes: readonly string[]): RefusalCode | undefined =>
  family && family.state.status !== 'live' ? 'authorization.revoked' : derivedFrom?.problem(scopes);
