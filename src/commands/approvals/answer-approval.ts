import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type KnownApproval, approval } from '../../domain/approval/approval.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { Accountable } from './accountable.js';
import { ApprovalHandles } from './approval-handles.js';
import { type FreshFactor, factorProblem } from './fresh-factor.js';

/** The accountable person says yes to one action, with the number that the agent shows and a factor that is fresh. */
export class ConfirmApproval extends Command<{ readonly position: Position; readonly status: KnownApproval['status'] }> {
  constructor(
    readonly approvalId: string, readonly answer: { readonly userId: string; readonly number: string; readonly factor: FreshFactor }, readonly context: CommandContext,
  ) {
    super();
  }
}

/** No. `by` 'administrator': of somebody who may stop anything, and confirm nothing of others. */
export class DenyApproval extends Command<Position> {
  constructor(readonly approvalId: string, readonly answer: { readonly userId: string; readonly by: 'person' | 'administrator' }, readonly context: CommandContext) {
    super();
  }
}

const unknown = (): Refusal => new Refusal('approval.unknown', 'There is no such request, or it is not for you to answer.');

/** SU-05: somebody else's request reads as one that does not exist. */
const requestFor = async (live: LiveState, accountable: Accountable, { approvalId, tenant, userId }: { approvalId: string; tenant: string; userId: string }): Promise<KnownApproval> => {
  const { state } = await live.entry(approval, streams.approval(approvalId), tenant);
  if (state.status === 'unknown' || !(await accountable.mayAnswer(tenant, state.approver, userId))) throw unknown();
  return state;
};

@CommandHandler(ConfirmApproval)
export class ConfirmApprovalHandler implements ICommandHandler<ConfirmApproval> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly accountable: Accountable,
    private readonly handles: ApprovalHandles,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  async execute({ approvalId, answer, context }: ConfirmApproval): Promise<{ position: Position; status: KnownApproval['status'] }> {
    const { tenant } = context;
    const { userId, factor } = answer;
    const known = await requestFor(this.live, this.accountable, { approvalId, tenant, userId });
    const now = this.clock.seconds();
    const problem = factorProblem(factor, known.at, now);
    if (problem) throw new Refusal(problem, 'Confirm with a passkey or a one-time code first.');
    const number = this.crypto.equal(answer.number, this.handles.number(tenant, approvalId)) ? 'right' : 'wrong';
    const { authTime, methods } = factor;
    const { state, position } = await this.write.to(approval, streams.approval(approvalId), { type: 'ConfirmApproval', userId, number, authTime, methods, now }, context);
    return { position, status: (state as KnownApproval).status };
  }
}

@CommandHandler(DenyApproval)
export class DenyApprovalHandler implements ICommandHandler<DenyApproval> {
  constructor(private readonly live: LiveState, private readonly write: Write, private readonly accountable: Accountable, private readonly clock: Clock) {}

  async execute({ approvalId, answer, context }: DenyApproval): Promise<Position> {
    const { userId, by } = answer;
    if (by === 'person') await requestFor(this.live, this.accountable, { approvalId, tenant: context.tenant, userId });
    else if ((await this.live.entry(approval, streams.approval(approvalId), context.tenant)).state.status === 'unknown') throw unknown();
    const command = { type: 'DenyApproval', userId, reason: by, now: this.clock.seconds() } as const;
    return (await this.write.to(approval, streams.approval(approvalId), command, context)).position;
  }
}
