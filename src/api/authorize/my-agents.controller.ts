import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RevokeGrant } from '../../commands/grants/revoke-grant.js';
import { People } from '../../commands/users/people.js';
import { type Session, Sessions } from '../../commands/users/sessions.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { readCookie } from '../http/cookies.js';
import { sendPage } from '../http/send-page.js';
import { type TenantContext, Tenancy, contextOf } from '../http/tenancy.js';
import { myAgentsPage } from '../pages/my-agents-page.js';
import { basePathOf } from '../pages/safe-url.js';
import { AllowedAgents } from './allowed-agents.js';
import { PageError } from './authorization-error.js';
import { PostedForms } from './posted-forms.js';
import { Transactions } from './transactions.js';

const GRANT_ID = /^gnt_[\w-]{1,64}$/;

/** What a person has allowed, and how they take it back. */
@Controller('my/agents')
export class MyAgentsController {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly sessions: Sessions,
    private readonly transactions: Transactions,
    private readonly forms: PostedForms,
    private readonly allowed: AllowedAgents,
    private readonly people: People,
    private readonly bus: CommandBus,
  ) {}

  @Get()
  async list(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const session = await this.sessions.find(tenant.id, readCookie(http, tenant, 'session'));
    if (!session) return void reply.code(303).headers({ location: `${basePathOf(tenant.issuer)}/sign-in`, 'cache-control': 'no-store' }).send();
    await this.show(tenant, http, reply, session);
  }

  @Post('revoke')
  async revoke(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const { fields, session } = await this.forms.read(tenant, http, reply);
    const grantId = fields.get('grant_id') ?? '';
    if (!session) throw new PageError(403, 'You are not signed in', 'Nothing was changed.', 'Sign in and try again.');
    try {
      // What is looked up is remembered: no name of any other form or length.
      if (!GRANT_ID.test(grantId)) throw new Refusal('grant.unknown', 'There is no such grant.');
      await this.bus.execute(new RevokeGrant(grantId, 'taken back by the person', session.userId, contextOf(tenant, http, { kind: 'user', id: session.userId })));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new PageError(404, 'There is no such access', 'It may have been taken back already.', 'Go back to the list.');
    }
    await this.show(tenant, http, reply, session, grantId);
  }

  private async show(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session, revoked?: string): Promise<void> {
    const browser = this.transactions.browser(http, reply, tenant);
    const base = basePathOf(tenant.issuer);
    const agents = await this.allowed.by(tenant.id, session.userId);
    sendPage(reply, 200, myAgentsPage({
      tenantName: tenant.tenant.name, user: await this.people.describe(tenant.id, session.userId), action: `${base}/my/agents/revoke`,
      signOutAction: `${base}/sign-out`, connectionsHref: `${base}/my/connections`, approvalsHref: `${base}/my/approvals`, securityHref: `${base}/my/security`, csrf: this.transactions.csrf(tenant, browser, session.digest),
      // The read model may be a moment behind the revocation that was just made durable.
      agents: agents.filter(({ grantId }) => grantId !== revoked),
      ...(revoked === undefined ? {} : { notice: 'The access has been taken back.' }),
    }));
  }
}
