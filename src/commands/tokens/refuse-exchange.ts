import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import type { CommandContext } from '../command-context.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import { vouchersOf } from './token-order.js';
import { TOKEN_EXCHANGE, TokenRefused, toldAs } from './token-refused.js';

/** What makes an exchange impossible before there is anything to decide about. */
@Injectable()
export class RefuseExchange {
  constructor(private readonly notes: NoteRefusalHandler) {}

  /** Records why not, with more than the client is told, the first of its kind in a minute; then throws TokenRefused. */
  async record({ agentId, vouchedBy }: { readonly agentId: string; readonly vouchedBy?: VouchedBy | undefined }, reason: RefusalCode, context: CommandContext): Promise<never> {
    const { error, message } = toldAs(reason, TOKEN_EXCHANGE);
    await this.notes.execute(new NoteRefusal(activityEvents.TokenRefused({ agentId, grantType: TOKEN_EXCHANGE, error, reason, ...vouchersOf({ vouchedBy }) }), context));
    throw new TokenRefused(error, message, reason);
  }
}
