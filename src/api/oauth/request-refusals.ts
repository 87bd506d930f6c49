import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { CommandContext } from '../../commands/command-context.js';
import { NoteRefusal } from '../../commands/note-refusal.js';
import { vouchersOf } from '../../commands/tokens/token-order.js';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import type { AuthenticatedClient } from './clients/authenticated-client.js';
import type { OAuthError, OAuthErrorCode } from './oauth-error.js';

/** As specifications name them: a word, or a URN. */
const GRANT_TYPE_NAME = /^([a-z_]{1,32}|urn:[a-z0-9:_-]{1,128})$/;
/** What is refused before a decision is made, and is more than a mistake in the form of the request. */
const REASONS: Partial<Record<OAuthErrorCode, RefusalCode>> = {
  unsupported_grant_type: 'agent.grant_type_not_allowed', unauthorized_client: 'client.unauthenticated',
  invalid_target: 'resource.unknown', invalid_scope: 'scope.none_allowed',
};

/** What a client that is known is refused before a command is given. What a command decided it has recorded itself. */
@Injectable()
export class RequestRefusals {
  constructor(private readonly bus: CommandBus) {}

  async note({ error }: OAuthError, { agent: { agentId }, vouchedBy, identified }: AuthenticatedClient, name: string, context: CommandContext): Promise<void> {
    const reason = REASONS[error];
    if (reason === undefined) return;
    // The name is the caller's own, and knowing a public client's name is enough to be one: an address or a secret that
    // stands there by mistake or malice must not get into a ledger that can't forget it.
    const grantType = GRANT_TYPE_NAME.test(name) ? name : 'unknown';
    const vouchers = vouchersOf({ vouchedBy: vouchedBy ?? identified?.vouchedBy });
    await this.bus.execute(new NoteRefusal(activityEvents.TokenRefused({ agentId, grantType, error, reason, ...vouchers }), context));
  }
}
