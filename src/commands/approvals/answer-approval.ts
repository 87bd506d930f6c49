import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type KnownApproval, approval } from '../../domain/approval/approval.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { CommandContext } from '../command-context.js';
import { ConfirmFactor, ConfirmFactorHandler, type FactorProof } from '../factors/confirm-factor.js';
import type { Occasion } from '../factors/factor-challenges.js';
import { Write } from '../write.js';
import { ApprovalHandles } from './approval-handles.js';
import { OwnApprovals } from './own-approvals.js';

export interface Confirmation {
  readonly userId: string;
  /** As it was typed: the one that the agent shows. */
  readonly number: string;
  readonly proof: FactorProof;
  readonly issuer: string;
  /** The digest of the session in which the prompt was made. */
  readonly who: string;
  /** The browser's own secret. */
  readonly browser?: string | undefined;
}

/** The accountable person says yes to one action, with the number that the agent shows and a factor shown for just this. */
export class ConfirmApproval extends Command<{ readonly position: Position; readonly status: KnownApproval['status'] }> {
  constructor(readonly approvalId: string, readonly confirmation: Confirmation, readonly context: CommandContext) {
    super();
  }
}

export interface Denial {
  /** Or the agent that administers for itself. */
  readonly userId: string;
  readonly by: 'person' | 'administrator';
  readonly because?: string;
}

/** No. `by` 'administrator': of somebody who may stop anything, and confirm nothing of others. */
export class DenyApproval extends Command<Position> {
  constructor(readonly approvalId: string, readonly answer: Denial, readonly context: CommandContext) {
    super();
  }
}

/** A passkey signs the action with it, so its answer confirms no other; and a session alone confirms nothing. */
export const approvalOccasion = (tenant: string, { issuer, who }: Pick<Confirmation, 'issuer' | 'who'>, { approvalId, actionDigest }: KnownApproval): Occasion => ({
  tenant, issuer, purpose: 'approval', who, action: `${approvalId} ${actionDigest}`,
});

@CommandHandler(ConfirmApproval)
export class ConfirmApprovalHandler implements ICommandHandler<ConfirmApproval> {
  constructor(
    private readonly write: Write,
    private readonly own: OwnApprovals,
    private readonly factors: ConfirmFactorHandler,
    private readonly handles: ApprovalHandles,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  /** Throws Refusal: approval.*, or factor.* when what was shown does not hold. */
  async execute({ approvalId, confirmation, context }: ConfirmApproval): Promise<{ position: Position; status: KnownApproval['status'] }> {
    const { tenant } = context;
    const { userId, proof } = confirmation;
    const known = await this.own.of(tenant, userId, approvalId);
    // Nothing is spent on a request that is over. The number is looked at last: without a factor nobody gets to guess it.
    if (known.status !== 'pending') throw new Refusal(`approval.${known.status}`, 'It has been answered already.');
    const shown = await this.factors.execute(new ConfirmFactor(userId, proof, { ...approvalOccasion(tenant, confirmation, known), browser: confirmation.browser }, context));
    const number = this.crypto.equal(confirmation.number.trim(), this.handles.number(tenant, approvalId)) ? 'right' : 'wrong';
    const command = { type: 'ConfirmApproval', userId, number, authTime: shown.at, methods: shown.methods, now: this.clock.seconds() } as const;
    const { state, position } = await this.write.to(approval, streams.approval(approvalId), command, context);
    return { position, status: (state as KnownApproval).status };
  }
}

@CommandHandler(DenyApproval)
export class DenyApprovalHandler implements ICommandHandler<DenyApproval> {
  constructor(private readonly write: Write, private readonly own: OwnApprovals, private readonly clock: Clock) {}

  async execute({ approvalId, answer, context }: DenyApproval): Promise<Position> {
    const { userId, by, because } = answer;
    if (by === 'person') await this.own.of(context.tenant, userId, approvalId);
    const command = { type: 'DenyApproval', userId, reason: by, ...(because === undefined ? {} : { because }), now: this.clock.seconds() } as const;
    return (await this.write.to(approval, streams.approval(approvalId), command, context)).position;
  }
}
