import { Injectable } from '@nestjs/common';
import { type Action, actionText } from '../../domain/approval/action.js';
import { type Approval, type KnownApproval, approval, isOver } from '../../domain/approval/approval.decider.js';
import type { Approver, RequestedApproval } from '../../domain/approval/approval.events.js';
import { APPROVAL_LIFETIME } from '../../domain/approval/lifetimes.js';
import { SYSTEM } from '../../domain/kernel/event.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { Privacy } from '../../domain/ports/privacy.js';
import { type ClaimPrompt, type Prompts, lastPrompt, prompts } from '../../domain/prompt/prompt.decider.js';
import { ChangeAgent, ChangeAgentHandler } from '../agents/change-agent.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { recordOf } from '../tokens/token-order.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import { undoneIfErased } from '../users/erased-meanwhile.js';
import { Write } from '../write.js';
import { Accountable } from './accountable.js';

export interface Wish {
  readonly action: Action;
  readonly bindingMessage?: string;
  /** Seconds; never longer than a prompt lives anyhow (CIBA `requested_expiry`). */
  readonly lifetime?: number;
  readonly vouchedBy?: VouchedBy | undefined;
  /** The rules that want it. */
  readonly ruleIds: readonly string[];
}
/** What stands of the request: it waits, it was confirmed and not used yet, or the agent may not ask. */
export type Asked =
  | { readonly is: 'pending' | 'approved'; readonly approval: KnownApproval }
  | { readonly is: 'refused'; readonly reason: 'approval.denied' | 'approval.too_many' | 'approval.approver_gone' };

/** Another node may ask at the same moment; each loses once at most to each of the others. */
const MOST_ATTEMPTS = 5;

/**
 * Asks the accountable person about one exact action, or finds the request that stands already. The prompt is claimed first, in
 * the one stream of this agent and this person (SU-06), then the request is recorded: a crash between them leaves a claim
 * that the next try fills.
 */
@Injectable()
export class AskApproval {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly accountable: Accountable,
    private readonly change: ChangeAgentHandler,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
    private readonly privacy: Privacy,
  ) {}

  async ask(wish: Wish, context: CommandContext): Promise<Asked> {
    const { tenant } = context;
    const approver = await this.accountable.of(tenant, wish.action.principal);
    const person = await this.accountable.person(tenant, approver);
    if (person && person.state.status !== 'active') return { is: 'refused', reason: 'approval.approver_gone' };
    // Not a plain digest: details are often easy to guess, and stay in the ledger in this form when the person is erased.
    const actionDigest = this.crypto.mac('approval-action', actionText(tenant, wish.action));
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.claim(wish, { approver, actionDigest }, context);
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'conflict.concurrent' || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  private async claim(wish: Wish, { approver, actionDigest }: { approver: Approver; actionDigest: string }, context: CommandContext): Promise<Asked> {
    const { agentId } = wish.action;
    const now = this.clock.seconds();
    const pairId = this.crypto.sha256(JSON.stringify([context.tenant, agentId, approver.kind, approver.id])).slice(0, 24);
    const book = await this.live.entry(prompts, streams.prompt(pairId), context.tenant);
    const last = await this.last(book.state, actionDigest, context.tenant, now);
    const command: ClaimPrompt = {
      type: 'ClaimPrompt', agentId, approverId: approver.id, approvalId: this.crypto.randomId(ID_PREFIX.approval), actionDigest, last: last && { ...last }, isSuspended: true, now,
    };
    // Suspended first: a crash between the two never leaves an agent that is known to be exhausted, and goes on.
    const isLastStraw = prompts.decide(command, book.state).some(({ type }) => type === 'PromptsExhausted');
    if (isLastStraw) await this.suspend(agentId, context);
    const { events } = await this.write.to(prompts, streams.prompt(pairId), { ...command, isSuspended: isLastStraw }, context);
    const first = events[0];
    if (first?.type === 'PromptRefused') return { is: 'refused', reason: first.data.reason === 'denied' ? 'approval.denied' : 'approval.too_many' };
    const approvalId = first?.type === 'PromptClaimed' ? first.data.approvalId : last!.approvalId;
    const requested = this.requested(wish, { approvalId, approver, actionDigest, network: context.network, now });
    const { state } = await this.write.to(approval, streams.approval(approvalId), { type: 'RequestApproval', requested }, context);
    // Sealing made a new key where the old one had just been destroyed.
    const about = { tenant: context.tenant, userId: approver.id };
    if (approver.kind === 'user' && (await undoneIfErased(this.live, about, () => this.privacy.erase(about.tenant, about.userId)))) return { is: 'refused', reason: 'approval.approver_gone' };
    const known = state as KnownApproval;
    // It may have been answered since it was found; then the same question again has another answer.
    if (known.status !== 'pending' && known.status !== 'approved') throw new Refusal('conflict.concurrent', 'Too many changes at once; try again.');
    return { is: known.status, approval: known };
  }

  /** The last prompt for this action as it stands. One without a request is of a node that died in between: it is still to be filled. */
  private async last(book: Prompts, actionDigest: string, tenant: string, now: number): Promise<ClaimPrompt['last']> {
    const prompt = lastPrompt(book, actionDigest);
    if (!prompt) return undefined;
    const { approvalId } = prompt;
    const { state } = await this.live.entry<Approval>(approval, streams.approval(approvalId), tenant);
    if (state.status === 'unknown') return { approvalId, is: now < prompt.at + APPROVAL_LIFETIME ? 'open' : 'over', since: prompt.at };
    // Whoever took it back does not want to be asked again right away either.
    if (state.status === 'denied' || state.status === 'withdrawn') return { approvalId, is: 'denied', since: state.since };
    return { approvalId, is: isOver(state, now) ? 'over' : 'open', since: state.since };
  }

  private requested(wish: Wish, made: { approvalId: string; approver: Approver; actionDigest: string; network: string | undefined; now: number }): RequestedApproval {
    const { approvalId, approver, actionDigest, network, now } = made;
    const lifetime = Math.min(wish.lifetime ?? APPROVAL_LIFETIME, APPROVAL_LIFETIME);
    return {
      approvalId, approver, userId: approver.kind === 'user' ? approver.id : wish.action.agentId, ...wish.action, bindingMessage: wish.bindingMessage ?? '',
      ...(wish.vouchedBy ? vouched(wish.vouchedBy) : {}), ...(network === undefined ? {} : { network }), actionDigest, ruleIds: wish.ruleIds, at: now, expiresAt: now + lifetime,
    };
  }

  private async suspend(agentId: string, context: CommandContext): Promise<void> {
    const change = { type: 'SuspendAgent', reason: 'It would not stop asking for approvals.' } as const;
    await this.change.execute(new ChangeAgent(agentId, change, { ...context, actor: SYSTEM }));
  }
}

const vouched = (by: VouchedBy): Pick<RequestedApproval, 'vouchedBy' | 'agreedAt'> => ({ vouchedBy: recordOf(by), ...(by.agreedAt === undefined ? {} : { agreedAt: by.agreedAt }) });
