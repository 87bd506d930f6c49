import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type AuthorizationCommand, type KnownAuthorization, authorization, wouldBe } from '../../domain/authorization/authorization.decider.js';
import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import { Write } from '../write.js';
import { IssueToken } from './issue-token.js';
import type { TokenOrder } from './token-order.js';
import type { IssuedGrant } from './issued-grant.js';
import { PresentedHandles } from './presented-handles.js';
import { TokenHandles } from './token-handles.js';
import { TokenRefusals } from './token-refusals.js';

export class RedeemCode extends Command<IssuedGrant> {
  constructor(
    readonly request: {
      readonly issuer: string; readonly agentId: string; readonly code: string; readonly codeVerifier: string | undefined;
      readonly redirectUri: string | undefined; readonly resourceId: string | undefined;
      readonly vouchedBy?: VouchedBy | undefined;
    },
    readonly context: CommandContext,
  ) {
    super();
  }
}

const GRANT_TYPE = 'authorization_code';

/** RFC 6749 section 4.1.3 with PKCE: claim the code at its exact revision, then issue. A crash in between leaves it spent. */
@CommandHandler(RedeemCode)
export class RedeemCodeHandler implements ICommandHandler<RedeemCode> {
  constructor(
    private readonly presented: PresentedHandles,
    private readonly write: Write,
    private readonly facts: AccessFactsReader,
    private readonly issuing: IssueToken,
    private readonly refusals: TokenRefusals,
    private readonly handles: TokenHandles,
    private readonly clock: Clock,
  ) {}

  async execute({ request, context }: RedeemCode): Promise<IssuedGrant> {
    const { handle, stream, found } = await this.presented.code(context.tenant, request.code);
    const order = await this.order(request, found, handle.nonce, context);
    if (request.resourceId !== undefined && request.resourceId !== found.resourceId)
      return this.refusals.refuse(order, 'resource.unknown');
    const command = this.command(request);
    // Ask before spending: a code of a suspended agent stays unredeemed. What points at theft counts whatever else holds.
    if (wouldBe(command, found, 'CodeRedeemed')) await this.issuing.decide(order);
    await this.claim(stream, command, order);
    const issued = await this.issuing.issue(order);
    if (!found.refreshable) return issued;
    return { ...issued, refreshToken: this.handles.refreshToken(context.tenant, { authorizationId: found.authorizationId, generation: 0 }) };
  }

  private async order({ issuer, vouchedBy }: RedeemCode['request'], found: KnownAuthorization, nonce: string | undefined, context: CommandContext): Promise<TokenOrder> {
    const { agentId, principal, resourceId, authorizationId, authTime, methods } = found;
    return {
      issuer, grantType: GRANT_TYPE, scopes: found.scopes, grantEpoch: found.grantEpoch, context, vouchedBy,
      facts: await this.facts.gather({ tenant: context.tenant, agentId, principal, resourceId }),
      authorization: { id: authorizationId, generation: 0, authTime, methods, nonce },
    };
  }

  private command({ agentId, codeVerifier, redirectUri }: RedeemCode['request']): AuthorizationCommand {
    return { type: 'RedeemCode', agentId, challenge: codeVerifier === undefined ? undefined : this.handles.challengeOf(codeVerifier), redirectUri, now: this.clock.seconds() };
  }

  private async claim(stream: string, command: AuthorizationCommand, order: TokenOrder): Promise<void> {
    try {
      const { events } = await this.write.to(authorization, stream, command, order.context);
      const last = events.at(-1);
      if (last?.type === 'CodeRedeemed') return;
      const reason = last?.type === 'CodeBurned' ? (last.data.reason as RefusalCode) : 'authorization.redeemed';
      await this.refusals.refuse(order, reason);
    } catch (error) {
      if (error instanceof Refusal) await this.refusals.refuse(order, error.code);
      throw error;
    }
  }
}
