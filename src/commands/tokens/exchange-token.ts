import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { isIdentityScope } from '../../domain/token/identity-scopes.js';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { type ExchangeSubject, ExchangeSubjects, type SubjectRequest } from './exchange-subjects.js';
import { IssueToken, type TokenOrder } from './issue-token.js';
import type { IssuedGrant } from './issued-grant.js';
import { RefuseExchange } from './refuse-exchange.js';
import { TOKEN_EXCHANGE } from './token-refused.js';

export interface ExchangeRequest extends SubjectRequest {
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
    private readonly subjects: ExchangeSubjects,
    private readonly facts: AccessFactsReader,
    private readonly issuing: IssueToken,
    private readonly refusals: RefuseExchange,
  ) {}

  async execute({ request, context }: ExchangeToken): Promise<IssuedGrant> {
    const order = await this.order(request, await this.subjects.read(request, context), context);
    if (order === undefined) return this.refusals.record(request.agentId, 'scope.none_allowed', context);
    const issued = await this.issuing.issue(order);
    return { ...issued, issuedTokenType: 'urn:ietf:params:oauth:token-type:access_token' };
  }

  private async order({ issuer, agentId, resourceId, scopes }: ExchangeRequest, subject: ExchangeSubject, context: CommandContext): Promise<TokenOrder | undefined> {
    const { claims, parent, standing, actors } = subject;
    const target = resourceId ?? parent.resourceId;
    const facts = await this.facts.gather({ tenant: context.tenant, agentId, principal: parent.principal, resourceId: target });
    const granted = facts.grant.state.status === 'none' ? [] : facts.grant.state.scopes;
    // At the resource of the subject token its scopes are the bound; elsewhere they mean nothing, and the grant is. Who the
    // person is was told to the agent that they signed in to, and goes no further.
    const isAtHome = target === parent.resourceId;
    const most = (isAtHome ? standing.scopes() : granted).filter((scope) => !isIdentityScope(scope));
    if (scopes && !covers(most, scopes)) return undefined;
    const isSame = agentId === parent.agentId && isAtHome;
    const problem = (derived: readonly string[]): RefusalCode | undefined =>
      subject.problem() ?? (isAtHome && !covers(standing.scopes(), derived) ? 'scope.none_allowed' : undefined);
    return {
      issuer, grantType: TOKEN_EXCHANGE, facts, context, scopes: scopes ?? most, allScopes: scopes !== undefined,
      grantEpoch: isSame ? parent.grantEpoch : undefined,
      derivedFrom: { parent, relied: standing.relied, problem, subject: claims.sub, actors, methods: claims.amr },
    };
  }
}

const covers = (have: readonly string[], want: readonly string[]): boolean => want.every((scope) => have.includes(scope));
