import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CommandContext } from '../command-context.js';
import { DerivedOrders } from './derived-orders.js';
import { type ExchangeRequest, ExchangeSubjects } from './exchange-subjects.js';
import { IssueToken } from './issue-token.js';
import type { IssuedGrant } from './issued-grant.js';
import { RefuseExchange } from './refuse-exchange.js';

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
    private readonly derived: DerivedOrders,
    private readonly issuing: IssueToken,
    private readonly refusals: RefuseExchange,
  ) {}

  async execute({ request, context }: ExchangeToken): Promise<IssuedGrant> {
    const { claims, parent, standing, actors } = await this.subjects.read(request, context);
    const { amr: methods, may_act: mayAct } = claims;
    const derivation = { parent, subject: claims.sub, actors, ...(methods === undefined ? {} : { methods }), ...(mayAct === undefined ? {} : { mayAct: mayAct.sub }) };
    const order = await this.derived.order(request, { derivation, standing }, context);
    if (order === undefined) return this.refusals.record(request, 'scope.none_allowed', context);
    const issued = await this.issuing.issue(order);
    return { ...issued, issuedTokenType: 'urn:ietf:params:oauth:token-type:access_token' };
  }
}
