import { Injectable } from '@nestjs/common';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import type { AccessTokenClaims } from '../../domain/token/access-token.js';
import { type Actors, MOST_ACTORS, actorsOf, extendActors } from '../../domain/token/delegation.js';
import type { Issuance } from '../../domain/token/token.events.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import { InspectToken } from './inspect-token.js';
import { RefuseExchange } from './refuse-exchange.js';
import { type Standing, TokenStandings } from './token-standings.js';

export interface SubjectRequest {
  readonly issuer: string;
  /** Who exchanges: authenticated, and the one who acts from here on. */
  readonly agentId: string;
  readonly subjectToken: string;
  readonly actorToken: string | undefined;
  readonly vouchedBy?: VouchedBy | undefined;
}
/** What is wanted in return, where that is a token of ours. */
export interface ExchangeRequest extends SubjectRequest {
  /** Undefined for the subject token's own resource. */
  readonly resourceId: string | undefined;
  /** Undefined for all that may be had. */
  readonly scopes: readonly string[] | undefined;
  /** In one spelling. */
  readonly authorizationDetails?: string | undefined;
}
/** A token that somebody may exchange, and what everything that is made from it rests on. */
export interface ExchangeSubject {
  readonly claims: AccessTokenClaims;
  readonly parent: Issuance;
  readonly standing: Standing;
  /** After whoever exchanges took over. */
  readonly actors: Actors;
  /** Why it can't be exchanged any more, as things stand at the moment. */
  problem(): RefusalCode | undefined;
}

/** Reads subject and actor token of an exchange (RFC 8693 section 2.1), whatever is asked for in return. */
@Injectable()
export class ExchangeSubjects {
  constructor(
    private readonly inspect: InspectToken,
    private readonly standings: TokenStandings,
    private readonly live: LiveState,
    private readonly refusals: RefuseExchange,
  ) {}

  /** Throws TokenRefused after the refusal is recorded. */
  async read(request: SubjectRequest, context: CommandContext, isSecondLook = false): Promise<ExchangeSubject> {
    const { agentId } = request;
    const refuse = (reason: RefusalCode): Promise<never> => this.refusals.record(request, reason, context);
    const claims = await this.inspect.verified(context.tenant, request.issuer, request.subjectToken);
    if (!claims) return refuse('token.invalid');
    const parent = this.inspect.issuance(claims);
    const standing = await this.standings.of(context.tenant, parent);
    const problem = (): RefusalCode | undefined => (isIntendedFor(agentId, { agentId: claims.agent, mayAct: claims.may_act?.sub }, standing) ? standing.problem() : 'delegation.not_intended');
    const ended = problem();
    // What it was issued on may be news to this node. Once: where much is written there is always something new.
    if (ended !== undefined && !isSecondLook && (await this.live.catchUp())) return this.read(request, context, true);
    if (ended === 'delegation.not_intended') return refuse(ended);
    if (!(await this.isOwn(request, context.tenant))) return refuse('delegation.actor_mismatch');
    if (ended !== undefined) return refuse(ended);
    const actors = extendActors(actorsOf(claims.act), agentId, parent.principal.id);
    if (typeof actors === 'string') return refuse(actors);
    // Narrowing one's own token again and again makes no longer chain of actors, but one of tokens that all must be looked at.
    if (standing.ancestors >= MOST_ACTORS) return refuse('delegation.too_deep');
    return { claims, parent, standing, actors, problem };
  }

  /** An actor token adds nothing to the client's authentication, but may not contradict it. */
  private async isOwn({ actorToken, agentId, issuer }: SubjectRequest, tenant: string): Promise<boolean> {
    if (actorToken === undefined) return true;
    const actor = await this.inspect.active(tenant, issuer, actorToken);
    return actor?.agent === agentId;
  }
}

/**
 * Possession of somebody's token is no authority over it: the agent it was issued to may exchange it, and the one that
 * answers where it is used, if that one did when it was issued (TX-02, TX-06).
 */
export const isIntendedFor = (agentId: string, { agentId: issuedTo, mayAct }: { agentId: string; mayAct: string | undefined }, { resource: { state } }: Standing): boolean =>
  issuedTo === agentId || (state.status === 'active' && state.operator === agentId && mayAct === agentId);
