import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { DenyApproval } from '../../../commands/approvals/answer-approval.js';
import { DiscloseApproval } from '../../../commands/approvals/disclose-approval.js';
import { WithdrawApproval } from '../../../commands/approvals/withdraw-approval.js';
import { Clock } from '../../../domain/ports/clock.js';
import { Approvals } from '../../../projections/approvals/approvals.queries.js';
import type { CallOf } from '../endpoint.js';
import { ListAnswer } from '../list-answer.js';
import { On } from '../on.js';
import { Present } from '../present.js';
import { type ApprovalView, approvalView, listedApprovalView, textsView } from './approval-view.js';
import { approvalEndpoints as endpoints } from './approvals.endpoints.js';

/** What people were asked to confirm: to look at, and to stop. */
@Controller()
export class ApprovalsController {
  constructor(
    private readonly bus: CommandBus,
    private readonly present: Present,
    private readonly approvals: Approvals,
    private readonly answer: ListAnswer,
    private readonly clock: Clock,
  ) {}

  @On(endpoints.list)
  list(call: CallOf<typeof endpoints.list>) {
    const { status, agent, approver } = call.query;
    return this.answer.of('approvals', call, call.query, (paging) =>
      this.approvals.list(call.tenant.id, { ...paging, status, agentId: agent, approverId: approver }), listedApprovalView);
  }

  @On(endpoints.read)
  async read(call: CallOf<typeof endpoints.read>): Promise<ApprovalView> {
    const { approval_id } = call.parameters;
    if (call.query.reveal) call.needs('directory:write');
    const view = await this.view(call.tenant.id, approval_id);
    return call.query.reveal ? { ...view, texts: textsView(await this.bus.execute(new DiscloseApproval(approval_id, call.agentId, call.context))) } : view;
  }

  @On(endpoints.deny)
  deny(call: CallOf<typeof endpoints.deny>): Promise<ApprovalView> {
    return this.stop(call, DenyApproval);
  }

  @On(endpoints.withdraw)
  withdraw(call: CallOf<typeof endpoints.withdraw>): Promise<ApprovalView> {
    return this.stop(call, WithdrawApproval);
  }

  private async stop(call: CallOf<typeof endpoints.deny>, Stop: typeof DenyApproval | typeof WithdrawApproval): Promise<ApprovalView> {
    const { approval_id } = call.parameters;
    const answer = { userId: call.principal.id, by: 'administrator', because: call.body.reason } as const;
    call.wrote(await this.bus.execute(new Stop(approval_id, answer, call.context)));
    return this.view(call.tenant.id, approval_id);
  }

  private async view(tenant: string, approvalId: string): Promise<ApprovalView> {
    const known = await this.present.approval(tenant, approvalId);
    return approvalView(known, await this.present.agent(tenant, known.agentId), this.clock.seconds());
  }
}
