import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { authorization } from '../../domain/authorization/authorization.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { token } from '../../domain/token/token.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import { Write } from '../write.js';
import { InspectToken } from './inspect-token.js';
import { TokenHandles } from './token-handles.js';
import { vouchersOf } from './token-order.js';
import { TokenRefused } from './token-refused.js';

interface Asked {
  readonly agentId: string;
  readonly vouchedBy?: VouchedBy | undefined;
}

export class RevokeToken extends Command<void> {
  constructor(readonly request: Asked & { readonly token: string; readonly issuer: string }, readonly context: CommandContext) {
    super();
  }
}

const REASON = 'client_revoked';

/** RFC 7009: a refresh token takes its family with it, an access token only itself. An unknown token is no error (section 2.2). */
@CommandHandler(RevokeToken)
export class RevokeTokenHandler implements ICommandHandler<RevokeToken> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly handles: TokenHandles,
    private readonly inspect: InspectToken,
    private readonly refusals: NoteRefusalHandler,
  ) {}

  async execute({ request, context }: RevokeToken): Promise<void> {
    const { token: text, agentId, issuer } = request;
    const handle = this.handles.readRefreshToken(context.tenant, text);
    if (handle) return this.revokeFamily(handle.authorizationId, request, context);
    const claims = await this.inspect.verified(context.tenant, issuer, text);
    if (!claims) return;
    await this.checkOwner(claims.agent, request, context);
    await this.write.begin(token, streams.token(claims.jti), { type: 'RevokeToken', jti: claims.jti, agentId, reason: REASON }, context);
  }

  private async revokeFamily(authorizationId: string, by: Asked, context: CommandContext): Promise<void> {
    const stream = streams.authorization(authorizationId);
    const { state } = await this.live.entry(authorization, stream, context.tenant);
    if (state.status === 'unknown') return;
    await this.checkOwner(state.agentId, by, context);
    await this.write.to(authorization, stream, { type: 'RevokeAuthorization', reason: REASON }, context);
  }

  /** Who holds the token of another client has stolen it, or was given what was not for him. */
  private async checkOwner(owner: string, { agentId, vouchedBy }: Asked, context: CommandContext): Promise<void> {
    if (owner === agentId) return;
    const told = { error: 'unauthorized_client', reason: 'token.foreign' } as const;
    await this.refusals.execute(new NoteRefusal(activityEvents.TokenRefused({ agentId, grantType: 'revocation', ...told, ...vouchersOf({ vouchedBy }) }), context));
    throw new TokenRefused(told.error, 'The token belongs to another client.', told.reason);
  }
}
