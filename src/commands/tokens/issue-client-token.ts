import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { IssueToken } from './issue-token.js';
import type { IssuedGrant } from './issued-grant.js';

export class IssueClientToken extends Command<IssuedGrant> {
  constructor(
    readonly request: { readonly issuer: string; readonly agentId: string; readonly resourceId: string; readonly scopes: readonly string[] | undefined; readonly authorizationDetails?: string | undefined },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** RFC 6749 section 4.4: an agent acts for itself, within what an administrator granted it. */
@CommandHandler(IssueClientToken)
export class IssueClientTokenHandler implements ICommandHandler<IssueClientToken> {
  constructor(private readonly facts: AccessFactsReader, private readonly issuing: IssueToken) {}

  async execute({ request, context }: IssueClientToken): Promise<IssuedGrant> {
    const { issuer, agentId, resourceId, scopes, authorizationDetails } = request;
    const facts = await this.facts.gather({ tenant: context.tenant, agentId, principal: { kind: 'agent', id: agentId }, resourceId });
    // Without any it asks for what it was granted, which may be news to this node.
    if (scopes === undefined && facts.grant.state.status === 'none') await this.facts.catchUp();
    const granted = facts.grant.state.status === 'none' ? [] : facts.grant.state.scopes;
    return this.issuing.issue({ issuer, grantType: 'client_credentials', facts, scopes: scopes ?? granted, grantEpoch: undefined, context, authorizationDetails });
  }
}
