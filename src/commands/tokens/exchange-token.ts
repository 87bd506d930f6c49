import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import type { AccessTokenClaims } from '../../domain/token/access-token.js';
import { type Actors, MOST_ACTORS, actorsOf, extendActors } from '../../domain/token/delegation.js';
import { isIdentityScope } from '../../domain/token/identity-scopes.js';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { InspectToken } from './inspect-token.js';
import { IssueToken, type TokenOrder } from './issue-token.js';
import type { IssuedGrant } from './issued-grant.js';
import { RefuseExchange } from './refuse-exchange.js';
import { TOKEN_EXCHANGE } from './token-refused.js';
import { type Standing, TokenStandings } from './token-standings.js';

export interface ExchangeRequest {
  readonly issuer: string;
  /** Who exchanges: authenticated, and the one who acts from here on. */
  readonly agentId: string;
  readonly subjectToken: string;
  readonly actorToken: string | undefined;
  /** Undefined for the subject token's own resource. */
  readonly resourceId: string | undefined;
  /** Undefined for all that may be had. */
  readonly scopes: readonly string[] | undefined;
}

/**
 * RFC 8693 for resources of our own: a token for less, or for elsewhere, in exchange for one that somebody agreed to. It is
 * bounded by what this agent was granted there for the same subject, by policy, and by the subject token's own life.
 */
export class ExchangeToken extends Command<IssuedGrant> {
  constructor(readonly request: ExchangeRequest, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ExchangeToken)
export class ExchangeTokenHandler implements ICommandHandler<ExchangeToken> {
  constructor(
    private readonly inspect: InspectToken,
    private readonly standings: TokenStandings,
    private readonly facts: AccessFactsReader,
    private readonly issuing: IssueToken,
    private readonly refusals: RefuseExchange,
  ) {}

  async execute({ request, context }: ExchangeToken): Promise<IssuedGrant> {
    const refuse = (reason: RefusalCode): Promise<never> => this.refusals.record(request.agentId, reason, context);
    const claims = await this.inspect.verified(context.tenant, request.issuer, request.subjectToken);
    if (!claims) return refuse('token.invalid');
    const parent = this.inspect.issuance(claims);
    const standing = await this.standings.of(context.tenant, parent);
    if (!isIntendedFor(request.agentId, claims, standing)) return refuse('delegation.not_intended');
    if (!(await this.isOwn(request, context.tenant))) return refuse('delegation.actor_mismatch');
    const ended = standing.problem();
    if (ended !== undefined) return refuse(ended);
    const actors = extendActors(actorsOf(claims.act), request.agentId, parent.principal.id);
    if (typeof actors === 'string') return refuse(actors);
    // Narrowing one's own token again and again makes no longer chain of actors, but one of tokens that all must be looked at.
    if (standing.ancestors >= MOST_ACTORS) return refuse('delegation.too_deep');
    const order = await this.order(request, { claims, actors, standing }, context);
    if (order === undefined) return refuse('scope.none_allowed');
    const issued = await this.issuing.issue(order);
    return { ...issued, issuedTokenType: 'urn:ietf:params:oauth:token-type:access_token' };
  }

  /** An actor token adds nothing to the client's authentication, but may not contradict it. */
  private async isOwn({ actorToken, agentId, issuer }: ExchangeRequest, tenant: string): Promise<boolean> {
    if (actorToken === undefined) return true;
    const actor = await this.inspect.active(tenant, issuer, actorToken);
    return actor?.agent === agentId;
  }

  private async order(
    { issuer, agentId, resourceId, scopes }: ExchangeRequest, subject: { claims: AccessTokenClaims; actors: Actors; standing: Standing }, context: CommandContext,
  ): Promise<TokenOrder | undefined> {
    const parent = this.inspect.issuance(subject.claims);
    const target = resourceId ?? parent.resourceId;
    const facts = await this.facts.gather({ tenant: context.tenant, agentId, principal: parent.principal, resourceId: target });
    const granted = facts.grant.state.status === 'none' ? [] : facts.grant.state.scopes;
    // At the resource of the subject token its scopes are the bound; elsewhere they mean nothing, and the grant is. Who the
    // person is was told to the agent that they signed in to, and goes no further.
    const { claims, standing, actors } = subject;
    const isAtHome = target === parent.resourceId;
    const most = (isAtHome ? standing.scopes() : granted).filter((scope) => !isIdentityScope(scope));
    if (scopes && !covers(most, scopes)) return undefined;
    const isSame = agentId === parent.agentId && isAtHome;
    const problem = (derived: readonly string[]): RefusalCode | undefined => {
      if (!isIntendedFor(agentId, claims, standing)) return 'delegation.not_intended';
      return standing.problem() ?? (isAtHome && !covers(standing.scopes(), derived) ? 'scope.none_allowed' : undefined);
    };
    return {
      issuer, grantType: TOKEN_EXCHANGE, facts, context, scopes: scopes ?? most, allScopes: scopes !== undefined,
      grantEpoch: isSame ? parent.grantEpoch : undefined,
      derivedFrom: { parent, relied: standing.relied, problem, subject: claims.sub, actors, methods: claims.amr },
    };
  }
}

const covers = (have: readonly string[], want: readonly string[]): boolean => want.every((scope) => have.includes(scope));

/**
 * Possession of somebody's token is no authority over it: the agent it was issued to may exchange it, and the one that
 * answers where it is used, if that one did when it was issued (TX-02, TX-06).
 */
const isIntendedFor = (agentId: string, { agent, may_act: mayAct }: AccessTokenClaims, { resource: { state } }: Standing): boolean =>
  agent === agentId || (state.status === 'active' && state.operator === agentId && mayAct?.sub === agentId);
