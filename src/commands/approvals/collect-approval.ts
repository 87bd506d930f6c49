import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { type KnownApproval, approval, isOver } from '../../domain/approval/approval.decider.js';
import { POLL_INTERVAL } from '../../domain/approval/lifetimes.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import type { CommandContext } from '../command-context.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import { IssueToken } from '../tokens/issue-token.js';
import type { IssuedGrant } from '../tokens/issued-grant.js';
import { vouchersOf } from '../tokens/token-order.js';
import { CIBA, TOKEN_EXCHANGE, TokenRefused, toldAs } from '../tokens/token-refused.js';
import { Write } from '../write.js';
import { ApprovalHandles } from './approval-handles.js';
import { type ApprovedOrder, ApprovedOrders, approvedVouchers } from './approved-orders.js';
import { SpendApproval } from './spend-approval.js';

export class CollectApproval extends Command<IssuedGrant> {
  constructor(readonly request: { readonly issuer: string; readonly agentId: string; readonly authReqId: string; readonly vouchedBy?: VouchedBy | undefined }, readonly context: CommandContext) {
    super();
  }
}

const MOST_PACED = 10_000;

/**
 * CIBA poll (section 10.1, 11): what the agent came to ask for, once a person has confirmed it. Decided anew first, then the
 * approval is consumed at its exact revision, then the token is issued: a crash between the last two leaves it consumed.
 */
@CommandHandler(CollectApproval)
export class CollectApprovalHandler implements ICommandHandler<CollectApproval> {
  /** When each was asked about last. Per node and forgetful: it slows down noise and decides nothing. */
  private readonly paced = new Map<string, number>();

  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly handles: ApprovalHandles,
    private readonly spending: SpendApproval,
    private readonly orders: ApprovedOrders,
    private readonly issuing: IssueToken,
    private readonly notes: NoteRefusalHandler,
    private readonly clock: Clock,
  ) {}

  async execute({ request, context }: CollectApproval): Promise<IssuedGrant> {
    const { tenant } = context;
    const handle = this.handles.read(tenant, request.authReqId);
    const entry = handle && (await this.live.entry(approval, streams.approval(handle.approvalId), tenant));
    // Guesses are noise: they are refused without a trace in the ledger.
    if (!entry || entry.state.status === 'unknown') throw this.told('approval.unknown');
    if (entry.state.agentId !== request.agentId) return this.refuse('approval.client_mismatch', entry.state, request, context);
    const known = await this.answered(entry as LiveEntry<KnownApproval>, request, context);
    // What is lent is not kept for a poll: the request that was confirmed is made again, and it is used there.
    if (known.purpose === 'exchange' || known.purpose === 'forward') throw new TokenRefused('invalid_request', 'It is confirmed. Make the same request again: it counts there.', 'approval.approved');
    const spent = await this.spending.look(known, tenant);
    if (typeof spent === 'string') return this.refuse(spent, known, request, context);
    const approved = await this.orders.of({ ...request, nonce: handle?.nonce }, known, spent, context);
    if (typeof approved === 'string') return this.refuse(approved, known, request, context);
    // Ask before spending: what policy or lifecycle forbids by now is refused, and the approval is not used up.
    await this.issuing.decideExactly(approved.order);
    try {
      await this.spending.consume(known.approvalId, context);
    } catch (error) {
      if (error instanceof Refusal) return this.refuse(error.code, known, request, context);
      throw error;
    }
    return this.issue(approved);
  }

  /** The approval when a person has confirmed it. Throws what the client is told while they have not, or never will. */
  private async answered(entry: LiveEntry<KnownApproval>, request: CollectApproval['request'], context: CommandContext): Promise<KnownApproval> {
    // Another node may have heard the answer: nobody is kept waiting on an old view.
    if (entry.state.status === 'pending') await this.live.refresh(entry as LiveEntry, context.tenant);
    const { state: known } = entry;
    const now = this.clock.seconds();
    const { approvalId } = known;
    if (known.status === 'approved' && !isOver(known, now)) return known;
    if (known.status === 'consumed') return this.refuse('approval.consumed', known, request, context);
    if (known.status === 'denied' || known.status === 'withdrawn') throw this.told(`approval.${known.status}`);
    if (known.status === 'pending' && !isOver(known, now)) throw this.tooSoon(approvalId) ? new TokenRefused('slow_down', `Ask again in ${POLL_INTERVAL} seconds.`, 'approval.pending') : this.told('approval.pending');
    await this.write.to(approval, streams.approval(approvalId), { type: 'ExpireApproval', now }, context);
    throw this.told('approval.expired');
  }

  private async issue({ order, refreshToken }: ApprovedOrder): Promise<IssuedGrant> {
    const issued = await this.issuing.issue(order);
    return {
      ...issued, ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(order.grantType === TOKEN_EXCHANGE ? { issuedTokenType: 'urn:ietf:params:oauth:token-type:access_token' } : {}),
    };
  }

  private tooSoon(approvalId: string): boolean {
    const now = this.clock.now();
    const last = this.paced.get(approvalId);
    this.paced.delete(approvalId);
    if (this.paced.size >= MOST_PACED) this.paced.delete(this.paced.keys().next().value!);
    this.paced.set(approvalId, now);
    return last !== undefined && now - last < POLL_INTERVAL * 1000;
  }

  /** SU-03: a second use, or one by another agent, is a fact. */
  private async refuse(reason: RefusalCode, known: KnownApproval, { agentId, vouchedBy }: CollectApproval['request'], context: CommandContext): Promise<never> {
    const told = this.told(reason);
    if (!(told instanceof TokenRefused)) throw told;
    // Of what another agent asked for only that it was tried.
    const { approvalId, targetId, scopes, principal } = known;
    const vouchers = agentId === known.agentId ? approvedVouchers(known, vouchedBy) : { vouchedBy };
    const refused = activityEvents.TokenRefused({ agentId, grantType: CIBA, error: told.error, reason, resourceId: targetId, scopes, principal, approvalId, ...vouchersOf(vouchers) });
    await this.notes.execute(new NoteRefusal(refused, context));
    throw told;
  }

  private told(reason: RefusalCode): TokenRefused | Refusal {
    if (reason === 'conflict.concurrent') return new Refusal(reason, 'Too many changes at once; try again.');
    const { error, message } = toldAs(reason);
    return new TokenRefused(error, message, reason);
  }
}
