import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { approvalOccasion } from '../../commands/approvals/answer-approval.js';
import { ApprovalTexts } from '../../commands/approvals/approval-texts.js';
import { OwnApprovals } from '../../commands/approvals/own-approvals.js';
import type { Session } from '../../commands/sign-in/sessions.js';
import { type KnownApproval, endOf, isOver } from '../../domain/approval/approval.decider.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import type { ListedApproval } from '../../projections/approvals/approvals.queries.js';
import { FactorPrompts } from '../sign-in/factor-prompts.js';
import { Visitors } from '../browser/visitors.js';
import { sendPage, sendPageWithScript } from '../browser/send-page.js';
import type { TenantContext } from '../http/tenancy.js';
import { approvalPage } from '../pages/approval-page.js';
import { type ConfirmedApproval, type WaitingApproval, approvalsPage } from '../pages/approvals-page.js';
import { basePathOf } from '../pages/safe-url.js';
import { ApprovalQuestions } from './approval-questions.js';
import { detailsInWords } from './details-in-words.js';
import { OpenApprovals } from './open-approvals.js';

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** What waits for a person, and each request as it is. */
@Injectable()
export class ApprovalPages {
  constructor(
    private readonly own: OwnApprovals,
    private readonly texts: ApprovalTexts,
    private readonly questions: ApprovalQuestions,
    private readonly open: OpenApprovals,
    private readonly prompts: FactorPrompts,
    private readonly visitors: Visitors,
    private readonly clock: Clock,
  ) {}

  async list(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session, done?: { readonly approvalId: string; readonly notice: string }): Promise<void> {
    const base = basePathOf(tenant.issuer);
    const { waiting, confirmed } = await this.open.of(tenant.id, session.userId, done?.approvalId);
    sendPage(reply, 200, approvalsPage({
      ...(await this.visitors.ownPage(tenant, http, reply, session)), notice: done?.notice, waiting: await Promise.all(waiting.map((one) => this.waiting(tenant.id, one, base))),
      confirmed: await Promise.all(confirmed.map((one) => this.confirmed(tenant.id, one))), withdrawAction: `${base}/my/approvals/withdraw`,
    }));
  }

  /** Throws Refusal('approval.…') when it is not for this person, or over. */
  async one(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, { session, approvalId, error }: { readonly session: Session; readonly approvalId: string; readonly error?: string }): Promise<void> {
    const base = basePathOf(tenant.issuer);
    const known = await this.own.of(tenant.id, session.userId, approvalId);
    if (known.status === 'approved') throw new Refusal('approval.approved', 'It is confirmed. Until the agent uses it, it can be taken back under your approvals.');
    if (known.status !== 'pending') throw new Refusal(`approval.${known.status}`, 'It has been answered, and nothing more can be done about it.');
    if (isOver(known, this.clock.seconds())) throw new Refusal('approval.expired', 'The time to answer is over.');
    const text = await this.texts.of(tenant.id, approvalId);
    if (!text) throw new Refusal('approval.unknown', 'There is no such request.');
    const choice = await this.prompts.of(session.userId, approvalOccasion(tenant.id, { issuer: tenant.issuer, who: session.digest }, known));
    const { csrf, tenantName } = await this.visitors.frame(tenant, http, reply, session);
    sendPageWithScript(reply, error === undefined ? 200 : 403, approvalPage({
      tenantName, csrf, approvalId, ...(await this.questions.describe(tenant.id, known)), details: detailsInWords(text.authorizationDetails), bindingMessage: text.bindingMessage,
      askedAt: iso(known.at), until: iso(known.expiresAt), askedFrom: known.network, choice: choice && (choice.passkey || choice.totp) ? choice : undefined, error,
      confirmAction: `${base}/my/approvals/confirm`, denyAction: `${base}/my/approvals/deny`, securityHref: `${base}/my/security`,
    }));
  }

  private async confirmed(tenant: string, known: KnownApproval): Promise<ConfirmedApproval> {
    const { agent, inTheNameOf, resource, scopes } = await this.questions.describe(tenant, known);
    return { approvalId: known.approvalId, agentName: agent.name, inTheNameOf, resource: resource.name, scopes, minutesLeft: this.minutesUntil(endOf(known) ?? 0) };
  }

  private minutesUntil(end: number): number {
    return Math.max(1, Math.ceil((end - this.clock.seconds()) / 60));
  }

  private async waiting(tenant: string, asked: ListedApproval, base: string): Promise<WaitingApproval> {
    const { agent, resource, scopes } = await this.questions.describe(tenant, asked);
    return { agentName: agent.name, resource: resource.name, scopes, minutesLeft: this.minutesUntil(asked.expiresAt), href: `${base}/my/approvals/${asked.approvalId}` };
  }
}
