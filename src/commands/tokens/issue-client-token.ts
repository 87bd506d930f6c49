import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { whenHere } from '../soon.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import { IssueToken } from './issue-token.js';
import type { IssuedGrant } from './issued-grant.js';
import { ownAuthority } from './own-authority.js';

export class IssueClientToken extends Command<IssuedGrant> {
  constructor(
    readonly request: { readonly issuer: string; readonly agentId: string; readonly resourceId: string; readonly scopes: readonly string[] | undefined; readonly authorizationDetails?: string | undefined; readonly vouchedBy?: VouchedBy | undefined },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** RFC 6749 section 4.4: an agent acts for itself, within what an administrator granted it. */
@CommandHandler(IssueClientToken)
export class IssueClientTokenHandler implements ICommandHandler<IssueClientToken> {
  constructor(private readonly facts: AccessFactsReader, private readonly issuing: IssueToken) {}

  execute({ request, context }: IssueClientToken): Promise<IssuedGrant> {
    const { issuer, agentId, resourceId, vouchedBy, authorizationDetails } = request;
    return whenHere(ownAuthority(this.facts, { tenant: context.tenant, agentId, resourceId }, request.scopes), ({ facts, scopes }) =>
      this.issuing.issue({ issuer, grantType: 'client_credentials', facts, scopes, grantEpoch: undefined, context, vouchedBy, authorizationDetails }));
  }
}
