import { Injectable } from '@nestjs/common';
import type { KnownAgent } from '../../domain/agent/agent.decider.js';
import type { Action } from '../../domain/approval/action.js';
import { type KnownApproval, endOf } from '../../domain/approval/approval.decider.js';
import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import type { CommandContext } from '../command-context.js';
import type { TokenOrder } from '../tokens/token-order.js';
import { ApprovalHandles } from './approval-handles.js';
import { ApprovalPending } from './approval-pending.js';
import { AskApproval, type Wish } from './ask-approval.js';
import { SpendApproval, type SpentApproval } from './spend-approval.js';

export type Held =
  | { readonly is: 'pending'; readonly pending: ApprovalPending }
  | { readonly is: 'refused'; readonly reason: RefusalCode }
  /** Consumed. */
  | { readonly is: 'approved'; readonly approval: SpentApproval };

/**
 * Asks a person before something is handed out. Whoever repeats a request that was confirmed meanwhile gets what it asked for:
 * to come back with the same request is as good as to poll, and counts as the one use.
 */
@Injectable()
export class HoldToken {
  constructor(
    private readonly asking: AskApproval,
    private readonly spending: SpendApproval,
    private readonly handles: ApprovalHandles,
    private readonly clock: Clock,
  ) {}

  hold(order: TokenOrder, scopes: readonly string[], ruleIds: readonly string[]): Promise<Held> {
    return this.settle({ action: actionOf(order, scopes), vouchedBy: order.vouchedBy, nonce: order.authorization?.nonce, ruleIds }, order.context);
  }

  /** 'ask only': what was confirmed already is left for the poll. */
  async settle(wish: Wish & { readonly nonce?: string | undefined }, context: CommandContext, then: 'use' | 'ask only' = 'use'): Promise<Held> {
    const asked = await this.asking.ask(wish, context);
    if (asked.is === 'refused') return asked;
    if (asked.is === 'pending' || then === 'ask only') return { is: 'pending', pending: this.pending(context.tenant, asked.approval, wish.nonce) };
    const spent = await this.spending.look(asked.approval, context.tenant);
    if (typeof spent === 'string') return { is: 'refused', reason: spent };
    try {
      await this.spending.consume(spent.approvalId, context);
    } catch (error) {
      if (error instanceof Refusal) return { is: 'refused', reason: error.code };
      throw error;
    }
    return { is: 'approved', approval: spent };
  }

  private pending(tenant: string, known: KnownApproval, nonce: string | undefined): ApprovalPending {
    const left = Math.max(1, (endOf(known) ?? 0) - this.clock.seconds());
    return new ApprovalPending(known.approvalId, this.handles.authReqId(tenant, { approvalId: known.approvalId, nonce }), this.handles.number(tenant, known.approvalId), left);
  }
}

const actionOf = (order: TokenOrder, scopes: readonly string[]): Action => {
  const { agentId, principal, resourceId } = order.facts.question;
  const { authorization, derivedFrom } = order;
  const { clientId } = order.facts.agent.state as KnownAgent;
  return {
    purpose: 'token', agentId, clientId, principal, targetId: resourceId, scopes, grantType: order.grantType, authorizationDetails: order.authorizationDetails ?? '',
    ...(authorization ? { authorizationId: authorization.id, generation: authorization.generation } : {}),
    ...(derivedFrom ? { derivedFrom: derivationOf(derivedFrom) } : {}),
  };
};

const derivationOf = ({ parent, subject, actors, methods, mayAct }: NonNullable<TokenOrder['derivedFrom']>): NonNullable<Action['derivedFrom']> => ({
  parent, subject, actors, ...(methods === undefined ? {} : { methods }), ...(mayAct === undefined ? {} : { mayAct }),
});
