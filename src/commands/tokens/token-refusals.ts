import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { AccessFactsReader } from '../access-facts.js';
import { type Decided, decidedFields } from '../decided-fields.js';
import { ShadowDecisions } from '../policies/shadow-decisions.js';
import { RepeatedRefusals } from '../repeated-refusals.js';
import { Write } from '../write.js';
import { type RefusedOrder, type TokenOrder, vouchersOf } from './token-order.js';
import { type TokenError, TokenRefused, toldAs } from './token-refused.js';

/** What is thrown for each reason: as little as the client can act on. */
export const told = (reason: RefusalCode, grantType: string): TokenRefused | Refusal => {
  if (reason === 'conflict.concurrent') return new Refusal(reason, 'Too many changes at once; try again.');
  const { error, message } = toldAs(reason, grantType);
  return new TokenRefused(error, message, reason);
};

/** Says no to orders, and records why. */
@Injectable()
export class TokenRefusals {
  private readonly repeated = new RepeatedRefusals();

  constructor(
    private readonly write: Write,
    private readonly reader: AccessFactsReader,
    private readonly clock: Clock,
    private readonly shadow: ShadowDecisions,
  ) {}

  /** Records why not, once a minute where it costs nothing to be refused again; then throws what the client is told. */
  async refuse(order: RefusedOrder, reason: RefusalCode, decided?: Decided): Promise<never> {
    const thrown = told(reason, order.grantType);
    if (decided) this.shadow.compare(decided, order.facts.question, order.context);
    if (thrown instanceof Refusal || !this.isNews(order, reason)) throw thrown;
    await this.record(order, { error: thrown.error, reason }, decided);
    throw thrown;
  }

  /** A decision like any other, though its client is not turned away for good; of one request the first in a minute. */
  async noteHeld(order: TokenOrder, decided: Decided, approvalId: string): Promise<void> {
    this.shadow.compare(decided, order.facts.question, order.context);
    if (!this.repeated.isFirst([approvalId], this.clock.now())) return;
    await this.record(order, { error: 'authorization_pending', reason: 'policy.approval_required', approvalId }, decided);
  }

  private async record(order: RefusedOrder, why: { readonly error: TokenError; readonly reason: RefusalCode; readonly approvalId?: string }, decided?: Decided): Promise<void> {
    const { agentId, resourceId } = order.facts.question;
    await this.write.record(streams.activity(agentId), activityEvents.TokenRefused({
      agentId, grantType: order.grantType, ...why, resourceId, scopes: this.reader.recordable(order.facts, order.scopes),
      ...(order.authorization ? { authorizationId: order.authorization.id } : {}), ...(order.derivedFrom ? { parentJti: order.derivedFrom.parent.jti } : {}), ...vouchersOf(order),
      ...(decided ? decidedFields(decided, order.facts) : {}),
    }), order.context);
  }

  /** An agent that proved who it is and has power of its own answers for each refusal; whoever holds an old code does not. */
  private isNews({ facts, authorization, context }: RefusedOrder, reason: RefusalCode): boolean {
    if (!authorization && reason !== 'agent.grant_type_not_allowed') return true;
    return this.repeated.isFirst([context.tenant, facts.question.agentId, authorization?.id ?? '', reason], this.clock.now());
  }
}
