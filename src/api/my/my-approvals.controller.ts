import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConfirmApproval, DenyApproval } from '../../commands/approvals/answer-approval.js';
import { WithdrawApproval } from '../../commands/approvals/withdraw-approval.js';
import type { KnownApproval } from '../../domain/approval/approval.decider.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { PageError } from '../browser/page-error.js';
import { proofOf } from '../sign-in/factor-prompts.js';
import { type PersonsForm, PostedForms } from '../browser/posted-forms.js';
import { SignInPages } from '../sign-in/sign-in-pages.js';
import { Visitors } from '../browser/visitors.js';
import { asPerson } from '../http/tenancy.js';
import { ApprovalPages } from './approval-pages.js';

const APPROVAL_ID = /^apr_[\w-]{1,64}$/;
const DONE = 'Confirmed. The agent can go on with exactly that, once.';

/** What waits for a person, and their yes or no. */
@Controller('my/approvals')
export class MyApprovalsController {
  constructor(
    private readonly visitors: Visitors,
    private readonly forms: PostedForms,
    private readonly signIns: SignInPages,
    private readonly pages: ApprovalPages,
    private readonly bus: CommandBus,
  ) {}

  @Get()
  async list(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, session } = await this.visitors.of(http);
    if (!session) return this.signIns.send(tenant, http, reply, '/my/approvals');
    await this.pages.list(tenant, http, reply, session);
  }

  @Get(':approval_id')
  async one(@Req() http: FastifyRequest, @Res() reply: FastifyReply, @Param('approval_id') approvalId: string): Promise<void> {
    const { tenant, session } = await this.visitors.of(http);
    if (!APPROVAL_ID.test(approvalId)) throw gone;
    if (!session) return this.signIns.send(tenant, http, reply, `/my/approvals/${approvalId}`);
    await this.pages.one(tenant, http, reply, { session, approvalId }).catch(asPage);
  }

  @Post('confirm')
  async confirm(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, approvalId, session, fields, browser } = await this.answer(http, reply);
    const { userId, digest: who } = session;
    const proof = proofOf(fields);
    const again = (problem: string): Promise<void> => this.pages.one(tenant, http, reply, { session, approvalId, error: problem }).catch(asPage);
    if (!proof || proof.kind === 'recovery') return again('Nothing was shown that confirms an action. Try again.');
    try {
      const confirmation = { userId, number: fields.get('number') ?? '', proof, issuer: tenant.issuer, who, browser };
      const { status } = await this.bus.execute(new ConfirmApproval(approvalId, confirmation, asPerson(tenant, http, session)));
      if (status === 'pending') return await again('That is not the number that the agent shows. Is this the request that you started?');
      await this.pages.list(tenant, http, reply, session, { approvalId, notice: status === 'approved' ? DONE : 'That was the third wrong number, so the answer is no.' });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code.startsWith('factor.')) return again(error.message);
      asPage(error);
    }
  }

  @Post('deny')
  async deny(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, approvalId, session } = await this.answer(http, reply);
    const { userId } = session;
    await this.bus.execute(new DenyApproval(approvalId, { userId, by: 'person' }, asPerson(tenant, http, session))).catch(asPage);
    await this.pages.list(tenant, http, reply, session, { approvalId, notice: 'You said no. The agent can’t ask for the same again for an hour.' });
  }

  @Post('withdraw')
  async withdraw(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, approvalId, session } = await this.answer(http, reply);
    const { userId } = session;
    await this.bus.execute(new WithdrawApproval(approvalId, { userId, by: 'person' }, asPerson(tenant, http, session))).catch(asPage);
    await this.pages.list(tenant, http, reply, session, { approvalId, notice: 'It is taken back. The agent can’t ask for the same again for an hour.' });
  }

  private async answer(http: FastifyRequest, reply: FastifyReply): Promise<PersonsForm & { readonly approvalId: string }> {
    const form = await this.forms.fromPerson(http, reply, 'Nothing was confirmed.');
    const approvalId = form.fields.get('approval_id') ?? '';
    if (!APPROVAL_ID.test(approvalId)) throw gone;
    return { ...form, approvalId };
  }
}

const gone = new PageError(404, 'There is no such request', 'It may be for somebody else, or its time is over.', 'Go to your approvals and look at what waits there.');
const OVER: readonly RefusalCode[] = (['approved', 'denied', 'withdrawn', 'expired', 'consumed'] satisfies readonly KnownApproval['status'][]).map((status) => `approval.${status}` as const);

const asPage = (error: unknown): never => {
  if (error instanceof Refusal && error.code === 'approval.unknown') throw gone;
  if (error instanceof Refusal && error.code === 'approval.pending') throw new PageError(409, 'Nobody has confirmed it yet', 'There is nothing to take back.', 'Go to your approvals and say no.');
  if (error instanceof Refusal && OVER.includes(error.code)) throw new PageError(409, 'This is answered already', error.message, 'Go to your approvals and look at what waits there.');
  throw error;
};
