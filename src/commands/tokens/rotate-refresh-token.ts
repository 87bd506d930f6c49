import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type AuthorizationCommand, type KnownAuthorization, authorization, wouldBe } from '../../domain/authorization/authorization.decider.js';
import { Refusal } from '../../domain/kernel/refusal.js';
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

export class RotateRefreshToken extends Command<IssuedGrant> {
  constructor(
    readonly request: {
      readonly issuer: string; readonly agentId: string; readonly refreshToken: string;
      readonly resourceId: string | undefined; readonly scopes: readonly string[] | undefined;
      /** In one spelling. */
      readonly authorizationDetails?: string | undefined;
      readonly vouchedBy?: VouchedBy | undefined;
    },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/**
 * RFC 6749 section 6 with rotation (RFC 9700 section 4.14): the presented token is exchanged for its one successor.
 * Within the grace the predecessor gets that same successor again, since parallel processes of one client share it;
 * after it, a replaced token that comes back ends the family.
 */
@CommandHandler(RotateRefreshToken)
export class RotateRefreshTokenHandler implements ICommandHandler<RotateRefreshToken> {
  constructor(
    private readonly presented: PresentedHandles,
    private readonly write: Write,
    private readonly facts: AccessFactsReader,
    private readonly issuing: IssueToken,
    private readonly refusals: TokenRefusals,
    private readonly handles: TokenHandles,
    private readonly clock: Clock,
  ) {}

  async execute({ request, context }: RotateRefreshToken): Promise<IssuedGrant> {
    const { handle, stream, found } = await this.presented.refreshToken(context.tenant, request.refreshToken);
    const order = await this.order(request, found, context);
    // Nothing is spent on a request that names another audience or asks for nothing it has (protocol quirk: clients retry).
    if (request.resourceId !== undefined && request.resourceId !== found.resourceId) return this.refusals.refuse(order, 'resource.unknown');
    if (order.scopes.length === 0) return this.refusals.refuse(order, 'scope.none_allowed');
    const command = { type: 'RotateRefresh', agentId: request.agentId, generation: handle.generation, now: this.clock.seconds() } as const;
    // Ask before spending; what points at theft counts whatever else holds: a suspension must not hide a reuse.
    if (wouldBe(command, found, 'RefreshRotated', 'RefreshReplayedInGrace') && !(await this.issuing.decide(order)))
      // It is up to a person: the refresh token is not spent on the question, and what they confirm comes beside it.
      return this.issuing.issue(order);
    const generation = await this.claim(stream, command, order);
    const issued = await this.issuing.issue({ ...order, authorization: { ...order.authorization!, generation } });
    return { ...issued, refreshToken: this.handles.refreshToken(context.tenant, { ...handle, generation }) };
  }

  private async order({ issuer, scopes, authorizationDetails, vouchedBy }: RotateRefreshToken['request'], found: KnownAuthorization, context: CommandContext): Promise<TokenOrder> {
    const { agentId, principal, resourceId, authorizationId, authTime, methods, generation } = found;
    return {
      issuer, grantType: 'refresh_token', grantEpoch: found.grantEpoch, context, authorizationDetails, vouchedBy,
      // Never wider than what was agreed to (RFC 6749 section 6).
      scopes: scopes === undefined ? found.scopes : found.scopes.filter((scope) => scopes.includes(scope)),
      facts: await this.facts.gather({ tenant: context.tenant, agentId, principal, resourceId }),
      authorization: { id: authorizationId, generation, authTime, methods },
    };
  }

  private async claim(stream: string, command: AuthorizationCommand, order: TokenOrder): Promise<number> {
    try {
      const { events } = await this.write.to(authorization, stream, command, order.context);
      const last = events.at(-1);
      if (last?.type === 'RefreshRotated' || last?.type === 'RefreshReplayedInGrace') return last.data.generation;
      const reason = last?.type === 'RefreshReuseDetected' ? 'authorization.reuse_detected' : 'authorization.client_mismatch';
      return await this.refusals.refuse(order, reason);
    } catch (error) {
      if (error instanceof Refusal) return this.refusals.refuse(order, error.code);
      throw error;
    }
  }
}
