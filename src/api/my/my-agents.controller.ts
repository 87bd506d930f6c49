import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RevokeGrant } from '../../commands/grants/revoke-grant.js';
import type { Session } from '../../commands/sign-in/sessions.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { sendOn, sendPage } from '../browser/send-page.js';
import { type TenantContext, asPerson } from '../http/tenancy.js';
import { myAgentsPage } from '../pages/my-agents-page.js';
import { basePathOf } from '../pages/safe-url.js';
import { AllowedAgents } from './allowed-agents.js';
import { PageError } from '../browser/page-error.js';
import { PostedForms } from '../browser/posted-forms.js';
import { Visitors } from '../browser/visitors.js';

const GRANT_ID = /^gnt_[\w-]{1,64}$/;

/** What a person has allowed, and how they take it back. */
@Controller('my/agents')
export class MyAgentsController {
  constructor(
    private readonly visitors: Visitors,
    private readonly forms: PostedForms,
    private readonly allowed: AllowedAgents,
    private readonly bus: CommandBus,
  ) {}

  @Get()
  async list(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, session } = await this.visitors.of(http);
    if (!session) return sendOn(reply, `${basePathOf(tenant.issuer)}/sign-in`);
    await this.show(tenant, http, reply, session);
  }

  @Post('revoke')
  async revoke(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, fields, session } = await this.forms.fromPerson(http, reply);
    const grantId = fields.get('grant_id') ?? '';
    try {
      // What is looked up is remembered: no name of any other form or length.
      if (!GRANT_ID.test(grantId)) throw new Refusal('grant.unknown', 'There is no such grant.');
      await this.bus.execute(new RevokeGrant(grantId, 'taken back by the person', session.userId, asPerson(tenant, http, session)));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new PageError(404, 'There is no such access', 'It may have been taken back already.', 'Go back to the list.');
    }
    await this.show(tenant, http, reply, session, grantId);
  }

  private async show(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session, revoked?: string): Promise<void> {
    const agents = await this.allowed.by(tenant.id, session.userId);
    sendPage(reply, 200, myAgentsPage({
      ...(await this.visitors.ownPage(tenant, http, reply, session)), action: `${basePathOf(tenant.issuer)}/my/agents/revoke`,
      // The read model may be a moment behind the revocation that was just made durable.
      agents: agents.filter(({ grantId }) => grantId !== revoked),
      ...(revoked === undefined ? {} : { notice: 'The access has been taken back.' }),
    }));
  }
}
