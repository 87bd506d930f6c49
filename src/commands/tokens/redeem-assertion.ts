import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { SpendToken } from '../trust/spend-token.js';
import type { BelievedToken } from '../trust/trusted-tokens.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import { IssueToken } from './issue-token.js';
import type { IssuedGrant } from './issued-grant.js';
import { ownAuthority } from './own-authority.js';
import type { TokenOrder } from './token-order.js';
import { JWT_BEARER } from './token-refused.js';
import { TokenRefusals } from './token-refusals.js';

export class RedeemAssertion extends Command<IssuedGrant> {
  constructor(
    readonly request: {
      readonly issuer: string; readonly agentId: string; readonly believed: BelievedToken; readonly resourceId: string; readonly scopes: readonly string[] | undefined;
      readonly clientVouchedBy: VouchedBy | undefined;
    },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** RFC 7523 section 2.1: a workload shows its platform's token and gets one of ours, within what the agent was granted. */
@CommandHandler(RedeemAssertion)
export class RedeemAssertionHandler implements ICommandHandler<RedeemAssertion> {
  constructor(private readonly facts: AccessFactsReader, private readonly issuing: IssueToken, private readonly refusals: TokenRefusals, private readonly spending: SpendToken) {}

  async execute({ request, context }: RedeemAssertion): Promise<IssuedGrant> {
    const { issuer, agentId, believed, clientVouchedBy, resourceId } = request;
    const asked = await ownAuthority(this.facts, { tenant: context.tenant, agentId, resourceId }, request.scopes);
    const order: TokenOrder = { issuer, grantType: JWT_BEARER, ...asked, grantEpoch: undefined, context, vouchedBy: believed.vouchedBy, clientVouchedBy };
    // Ask before spending: what is refused anyway leaves the token as it was.
    await this.issuing.decide(order);
    if (!(await this.spending.spend(believed, context))) return this.refusals.refuse(order, 'assertion.replayed');
    return this.issuing.issue(order);
  }
}
