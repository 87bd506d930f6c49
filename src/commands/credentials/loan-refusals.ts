import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { type AccessFacts, AccessFactsReader } from '../access-facts.js';
import { type Decided, decidedFields } from '../decided-fields.js';
import { RepeatedRefusals } from '../repeated-refusals.js';
import { vouchersOf } from '../tokens/token-order.js';
import { Write } from '../write.js';
import type { LendOrder } from './lend-order.js';
import { LendRefused, lendToldAs } from './lend-refused.js';

const HIDDEN: readonly RefusalCode[] = ['connection.unknown', 'connection.suspended', 'connection.removed', 'grant.unknown', 'grant.revoked', 'grant.expired'];

/** What is thrown for each reason, with the page on which the person can put it right. A stranger is not told whether there is such a connection. */
export const toldOfLoan = ({ issuer, connectionName, agentId, principal, scopes, purpose }: LendOrder, why: RefusalCode, isStranger = false): LendRefused => {
  const reason = isStranger && HIDDEN.includes(why) ? 'connection.unknown' : why;
  const { error, message, connects } = lendToldAs(reason, { hasPerson: principal.kind === 'user', purpose });
  if (!connects) return new LendRefused(error, message, reason);
  const query = new URLSearchParams({ agent: agentId, ...(scopes ? { scope: scopes.join(' ') } : {}) });
  return new LendRefused(error, message, reason, `${issuer}/connections/${encodeURIComponent(connectionName)}/connect?${query.toString()}`);
};

/** Records why nothing was lent, the first of its kind in a minute. */
@Injectable()
export class LoanRefusals {
  private readonly repeated = new RepeatedRefusals();

  constructor(private readonly write: Write, private readonly reader: AccessFactsReader, private readonly clock: Clock) {}

  async record(order: LendOrder, why: { readonly reason: RefusalCode; readonly error: string; readonly approvalId?: string }, { decided, facts }: { readonly decided: Decided | undefined; readonly facts: AccessFacts }): Promise<void> {
    const { agentId, principal, connectionId, purpose, call, grantType, jti: parentJti, context } = order;
    // Names that nobody defined are the agent's to make up: all of them are one.
    const about = why.reason === 'connection.unknown' ? '' : connectionId;
    if (!this.repeated.isFirst([context.tenant, agentId, principal.id, about, why.reason, why.approvalId ?? ''], this.clock.now())) return;
    const scopes = decided?.request.scopes ?? (order.scopes && this.reader.recordable(facts, order.scopes));
    await this.write.record(streams.activity(agentId), activityEvents.CredentialLendRefused({
      ...(scopes ? { scopes } : {}), ...(decided ? decidedFields(decided, facts) : {}), ...why, ...vouchersOf(order),
      agentId, principal, parentJti, connectionId, purpose, grantType, ...(call ? { method: call.method } : {}),
    }), context);
  }
}
